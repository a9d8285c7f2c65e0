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

void int4_gemm(void *const *arguments, int64_t begin, int64_t end) {
  const uint32_t *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  float *restrict y = arguments[2];
  const int32_t m = *(const int32_t *)arguments[3];
  const int32_t rows = *(const int32_t *)arguments[4];
  const int32_t columns = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)(at % ((rows + 15) / 16));
    const int32_t group_1 = (int32_t)(at / ((rows + 15) / 16));
    float sums_items[128];
    float dots_items[128];
    int32_t starts_items[128];
    int32_t blocks = columns / 64;
    for (int32_t local_1 = 0; local_1 < 2; local_1++) {
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 16; local_0++) {
        int32_t first = (group_1 * 2 + local_1) * 4;
        sums_items[0 * 32 + (local_1 * 16 + local_0)] = 0.0f;
        starts_items[0 * 32 + (local_1 * 16 + local_0)] = dk_min_i32(first, m - 1) * columns;
        sums_items[1 * 32 + (local_1 * 16 + local_0)] = 0.0f;
        starts_items[1 * 32 + (local_1 * 16 + local_0)] = dk_min_i32(first + 1, m - 1) * columns;
        sums_items[2 * 32 + (local_1 * 16 + local_0)] = 0.0f;
        starts_items[2 * 32 + (local_1 * 16 + local_0)] = dk_min_i32(first + 2, m - 1) * columns;
        sums_items[3 * 32 + (local_1 * 16 + local_0)] = 0.0f;
        starts_items[3 * 32 + (local_1 * 16 + local_0)] = dk_min_i32(first + 3, m - 1) * columns;
        for (int32_t b = 0; b < blocks; b++) {
          int32_t block = (group_0 * blocks + b) * 144;
          {
            dots_items[0 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[1 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[2 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[3 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            for (int32_t line = 0; line < 4; line++) {
              uint32_t word = w[block + line * 16 + local_0];
              int32_t column = b * 64 + line * 8;
              float number = (float)((int32_t)(word & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_2 = (float)((int32_t)((word >> 8) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_3 = (float)((int32_t)((word >> 16) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_4 = (float)((int32_t)((word >> 24) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_5 = (float)((int32_t)((word >> 4) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_6 = (float)((int32_t)((word >> 12) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_7 = (float)((int32_t)((word >> 20) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_8 = (float)((int32_t)(word >> 28) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
            }
            uint32_t scales = w[block + 128 + (local_0 >> 1)];
            uint32_t bits = scales >> (local_0 % 2 * 16);
            uint32_t magnitude = bits & 0x7fffu;
            float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
            float scale = (bits & 0x8000u) == 0u ? size : -size;
            sums_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[0 * 32 + (local_1 * 16 + local_0)], sums_items[0 * 32 + (local_1 * 16 + local_0)]);
            sums_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[1 * 32 + (local_1 * 16 + local_0)], sums_items[1 * 32 + (local_1 * 16 + local_0)]);
            sums_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[2 * 32 + (local_1 * 16 + local_0)], sums_items[2 * 32 + (local_1 * 16 + local_0)]);
            sums_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[3 * 32 + (local_1 * 16 + local_0)], sums_items[3 * 32 + (local_1 * 16 + local_0)]);
          }
          {
            dots_items[0 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[1 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[2 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            dots_items[3 * 32 + (local_1 * 16 + local_0)] = 0.0f;
            for (int32_t line = 4; line < 8; line++) {
              uint32_t word = w[block + line * 16 + local_0];
              int32_t column = b * 64 + line * 8;
              float number = (float)((int32_t)(word & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_2 = (float)((int32_t)((word >> 8) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_2, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 1], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_3 = (float)((int32_t)((word >> 16) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_3, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 2], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_4 = (float)((int32_t)((word >> 24) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_4, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 3], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_5 = (float)((int32_t)((word >> 4) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_5, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 4], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_6 = (float)((int32_t)((word >> 12) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_6, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 5], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_7 = (float)((int32_t)((word >> 20) & 0xfu) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_7, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 6], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
              float number_8 = (float)((int32_t)(word >> 28) - 8);
              dots_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[0 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[0 * 32 + (local_1 * 16 + local_0)]);
              dots_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[1 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[1 * 32 + (local_1 * 16 + local_0)]);
              dots_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[2 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[2 * 32 + (local_1 * 16 + local_0)]);
              dots_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(number_8, x[starts_items[3 * 32 + (local_1 * 16 + local_0)] + column + 7], dots_items[3 * 32 + (local_1 * 16 + local_0)]);
            }
            uint32_t scales = w[block + 136 + (local_0 >> 1)];
            uint32_t bits = scales >> (local_0 % 2 * 16);
            uint32_t magnitude = bits & 0x7fffu;
            float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : dk_as_f32((magnitude << 13) + 0x38000000u);
            float scale = (bits & 0x8000u) == 0u ? size : -size;
            sums_items[0 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[0 * 32 + (local_1 * 16 + local_0)], sums_items[0 * 32 + (local_1 * 16 + local_0)]);
            sums_items[1 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[1 * 32 + (local_1 * 16 + local_0)], sums_items[1 * 32 + (local_1 * 16 + local_0)]);
            sums_items[2 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[2 * 32 + (local_1 * 16 + local_0)], sums_items[2 * 32 + (local_1 * 16 + local_0)]);
            sums_items[3 * 32 + (local_1 * 16 + local_0)] = dk_fma(scale, dots_items[3 * 32 + (local_1 * 16 + local_0)], sums_items[3 * 32 + (local_1 * 16 + local_0)]);
          }
        }
        int32_t row = group_0 * 16 + local_0;
        if (row < rows && first < m) {
          y[first * rows + row] = sums_items[0 * 32 + (local_1 * 16 + local_0)];
        }
        if (row < rows && first + 1 < m) {
          y[(first + 1) * rows + row] = sums_items[1 * 32 + (local_1 * 16 + local_0)];
        }
        if (row < rows && first + 2 < m) {
          y[(first + 2) * rows + row] = sums_items[2 * 32 + (local_1 * 16 + local_0)];
        }
        if (row < rows && first + 3 < m) {
          y[(first + 3) * rows + row] = sums_items[3 * 32 + (local_1 * 16 + local_0)];
        }
      }
    }
  }
}
