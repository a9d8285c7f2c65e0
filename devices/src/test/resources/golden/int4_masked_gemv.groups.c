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

void int4_masked_gemv(void *const *arguments, int64_t begin, int64_t end) {
  const uint32_t *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  const int32_t *restrict wanted = arguments[2];
  float *restrict y = arguments[3];
  const int32_t rows = *(const int32_t *)arguments[4];
  const int32_t columns = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float parts[32];
    int32_t blocks = columns / 64;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t count = wanted[group_0] == 0 ? 0 : blocks;
      int32_t lane = local_0 % 16;
      float sum = 0.0f;
      for (int32_t b = local_0 / 16; b < count; b += 2) {
        int32_t block = (group_0 * blocks + b) * 144;
        {
          float inner = 0.0f;
          {
            uint32_t word = w[block + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 1];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 2], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 3], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 4], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 5], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 6], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 7], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 16 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 8];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 9];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 10], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 11], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 12], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 13], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 14], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 15], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 32 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 16];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 17];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 18], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 19], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 20], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 21], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 22], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 23], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 48 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 24];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 25];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 26], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 27], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 28], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 29], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 30], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 31], odd);
            inner = inner + (even + odd);
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
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 32];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 33];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 34], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 35], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 36], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 37], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 38], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 39], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 80 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 40];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 41];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 42], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 43], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 44], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 45], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 46], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 47], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 96 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 48];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 49];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 50], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 51], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 52], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 53], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 54], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 55], odd);
            inner = inner + (even + odd);
          }
          {
            uint32_t word = w[block + 112 + lane];
            float even = (float)((int32_t)(word & 0xfu) - 8) * x[b * 64 + 56];
            float odd = (float)((int32_t)((word >> 8) & 0xfu) - 8) * x[b * 64 + 57];
            even = dk_fma((float)((int32_t)((word >> 16) & 0xfu) - 8), x[b * 64 + 58], even);
            odd = dk_fma((float)((int32_t)((word >> 24) & 0xfu) - 8), x[b * 64 + 59], odd);
            even = dk_fma((float)((int32_t)((word >> 4) & 0xfu) - 8), x[b * 64 + 60], even);
            odd = dk_fma((float)((int32_t)((word >> 12) & 0xfu) - 8), x[b * 64 + 61], odd);
            even = dk_fma((float)((int32_t)((word >> 20) & 0xfu) - 8), x[b * 64 + 62], even);
            odd = dk_fma((float)((int32_t)(word >> 28) - 8), x[b * 64 + 63], odd);
            inner = inner + (even + odd);
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
