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

void int8_block_sparse_gemv(void *const *arguments, int64_t begin, int64_t end) {
  const uint32_t *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  const int32_t *restrict starts = arguments[2];
  const int32_t *restrict places = arguments[3];
  float *restrict y = arguments[4];
  const int32_t rows = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    int32_t from = starts[group_0];
    int32_t to = starts[group_0 + 1];
    float sums[16];
    float dots[16];
    #pragma omp simd
    for (int32_t lane = 0; lane < 16; lane++) {
      sums[lane] = 0.0f;
    }
    for (int32_t b = from; b < to; b++) {
      int32_t block = b * 272;
      int32_t place = places[b];
      #pragma omp simd
      for (int32_t lane_2 = 0; lane_2 < 16; lane_2++) {
        dots[lane_2] = 0.0f;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 1];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 2], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 3], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 16 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 4];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 5];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 6], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 7], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 32 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 8];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 9];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 10], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 11], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 48 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 12];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 13];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 14], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 15], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 64 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 16];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 17];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 18], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 19], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 80 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 20];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 21];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 22], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 23], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 96 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 24];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 25];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 26], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 27], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 112 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 28];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 29];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 30], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 31], odd);
        inner = inner + (even + odd);
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
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 32];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 33];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 34], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 35], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 144 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 36];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 37];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 38], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 39], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 160 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 40];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 41];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 42], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 43], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 176 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 44];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 45];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 46], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 47], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 192 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 48];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 49];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 50], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 51], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 208 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 52];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 53];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 54], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 55], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 224 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 56];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 57];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 58], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 59], odd);
        inner = inner + (even + odd);
        dots[lane_3] = inner;
      }
      #pragma omp simd
      for (int32_t lane_3 = 0; lane_3 < 16; lane_3++) {
        float inner = dots[lane_3];
        uint32_t word = w[block + 240 + lane_3];
        float even = (float)((int32_t)(word & 0xffu) - 128) * x[place * 64 + 60];
        float odd = (float)((int32_t)((word >> 8) & 0xffu) - 128) * x[place * 64 + 61];
        even = dk_fma((float)((int32_t)((word >> 16) & 0xffu) - 128), x[place * 64 + 62], even);
        odd = dk_fma((float)((int32_t)(word >> 24) - 128), x[place * 64 + 63], odd);
        inner = inner + (even + odd);
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
