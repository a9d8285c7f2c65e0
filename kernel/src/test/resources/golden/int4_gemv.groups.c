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

void int4_gemv(void *const *arguments, int64_t begin, int64_t end) {
  const uint32_t *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  float *restrict y = arguments[2];
  const int32_t rows = *(const int32_t *)arguments[3];
  const int32_t columns = *(const int32_t *)arguments[4];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float parts[32];
    int32_t blocks = columns / 64;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t lane = local_0 % 16;
      float sum = 0.0f;
      for (int32_t b = local_0 / 16; b < blocks; b += 2) {
        int32_t block = (group_0 * blocks + b) * 144;
        {
          float inner = 0.0f;
          {
            uint32_t word = w[block + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 1], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 2], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 3], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 4], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 5], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 6], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 7], inner);
          }
          {
            uint32_t word = w[block + 16 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 8], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 9], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 10], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 11], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 12], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 13], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 14], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 15], inner);
          }
          {
            uint32_t word = w[block + 32 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 16], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 17], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 18], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 19], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 20], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 21], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 22], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 23], inner);
          }
          {
            uint32_t word = w[block + 48 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 24], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 25], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 26], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 27], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 28], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 29], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 30], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 31], inner);
          }
          uint32_t scales = w[block + 128 + (lane >> 1)];
          uint32_t bits = scales >> (lane % 2 * 16);
          uint32_t magnitude = bits & 0x7fffu;
          float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
          sum = dk_fma((bits & 0x8000u) == 0u ? size : -size, inner, sum);
        }
        {
          float inner = 0.0f;
          {
            uint32_t word = w[block + 64 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 32], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 33], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 34], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 35], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 36], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 37], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 38], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 39], inner);
          }
          {
            uint32_t word = w[block + 80 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 40], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 41], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 42], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 43], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 44], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 45], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 46], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 47], inner);
          }
          {
            uint32_t word = w[block + 96 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 48], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 49], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 50], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 51], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 52], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 53], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 54], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 55], inner);
          }
          {
            uint32_t word = w[block + 112 + lane];
            inner = dk_fma((float)((int32_t)(word & 0xfu) - 8), x[b * 64 + 56], inner);
            inner = dk_fma((float)((int32_t)((word >> 8) & 0xfu) - 8), x[b * 64 + 57], inner);
            inner = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 58], inner);
            inner = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 59], inner);
            inner = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 60], inner);
            inner = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 61], inner);
            inner = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 62], inner);
            inner = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 63], inner);
          }
          uint32_t scales = w[block + 136 + (lane >> 1)];
          uint32_t bits = scales >> (lane % 2 * 16);
          uint32_t magnitude = bits & 0x7fffu;
          float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
          sum = dk_fma((bits & 0x8000u) == 0u ? size : -size, inner, sum);
        }
      }
      parts[local_0] = sum;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t row = group_0 * 16 + local_0;
      if (local_0 < 16 && row < rows) {
        float total = parts[local_0];
        total = total + parts[16 + local_0];
        y[row] = total;
      }
    }
  }
}
