#include <stdbool.h>
#include <stdint.h>

static inline float dk_as_f32(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

static inline int32_t dk_min_i32(int32_t a, int32_t b) { return a < b ? a : b; }

void int8_gemv(void *const *arguments, int64_t begin, int64_t end) {
  const uint32_t *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  float *restrict y = arguments[2];
  const int32_t rows = *(const int32_t *)arguments[3];
  const int32_t columns = *(const int32_t *)arguments[4];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    int32_t blocks = columns / 64;
    float sums[16];
    float dots[16];
    #pragma omp simd
    for (int32_t lane = 0; lane < 16; lane++) {
      sums[lane] = 0.0f;
    }
    for (int32_t b = 0; b < blocks; b++) {
      int32_t block = (group_0 * blocks + b) * 272;
      #pragma omp simd
      for (int32_t lane_2 = 0; lane_2 < 16; lane_2++) {
        dots[lane_2] = 0.0f;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 1], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 2], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 3], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 16 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 4], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 5], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 6], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 7], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 32 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 8], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 9], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 10], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 11], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 48 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 12], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 13], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 14], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 15], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 64 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 16], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 17], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 18], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 19], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 80 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 20], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 21], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 22], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 23], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 96 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 24], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 25], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 26], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 27], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 112 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 28], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 29], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 30], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 31], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_4 = 0; lane_4 < 16; lane_4++) {
        uint32_t scales = w[block + 256 + (lane_4 >> 1)];
        uint32_t bits = scales >> (lane_4 % 2 * 16);
        uint32_t magnitude = bits & 0x7fffu;
        float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
        sums[lane_4] = dk_fma((bits & 0x8000u) == 0u ? size : -size, dots[lane_4], sums[lane_4]);
      }
      #pragma omp simd
      for (int32_t lane_2 = 0; lane_2 < 16; lane_2++) {
        dots[lane_2] = 0.0f;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 128 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 32], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 33], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 34], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 35], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 144 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 36], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 37], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 38], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 39], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 160 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 40], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 41], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 42], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 43], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 176 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 44], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 45], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 46], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 47], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 192 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 48], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 49], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 50], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 51], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 208 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 52], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 53], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 54], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 55], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 224 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 56], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 57], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 58], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 59], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 240 + lane_3];
        inner = dk_fma((float)((int32_t)(word & 0xffu) - 128), x[b * 64 + 60], inner);
        inner = dk_fma((float)((int32_t)((word >> 8) & 0xffu) - 128), x[b * 64 + 61], inner);
        inner = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[b * 64 + 62], inner);
        inner = dk_fma((float)((int32_t)(word >> 24) - 128), x[b * 64 + 63], inner);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_4 = 0; lane_4 < 16; lane_4++) {
        uint32_t scales = w[block + 264 + (lane_4 >> 1)];
        uint32_t bits = scales >> (lane_4 % 2 * 16);
        uint32_t magnitude = bits & 0x7fffu;
        float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
        sums[lane_4] = dk_fma((bits & 0x8000u) == 0u ? size : -size, dots[lane_4], sums[lane_4]);
      }
    }
    int32_t first = group_0 * 16;
    for (int32_t lane_5 = 0; lane_5 < dk_min_i32(rows - first, 16); lane_5++) {
      y[first + lane_5] = sums[lane_5];
    }
  }
}
