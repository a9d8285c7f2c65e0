#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void rms_norm(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  const float *restrict weight = arguments[1];
  float *restrict y = arguments[2];
  const float epsilon = *(const float *)arguments[3];
  const int32_t rows = *(const int32_t *)arguments[4];
  const int32_t n = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float scratch_f32[32];
    float squares_items[32];
    int32_t start = group_0 * n;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float part = 0.0f;
      for (int32_t i = local_0; i < n; i += 32) {
        part = dk_fma(x[start + i], x[start + i], part);
      }
      scratch_f32[local_0] = part;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 16) {
        scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 16];
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 8) {
        scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 8];
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 4) {
        scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 4];
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 2) {
        scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 2];
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 1) {
        scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 1];
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float squares = scratch_f32[0];
      squares_items[local_0] = squares;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float squares = squares_items[local_0];
      float scale = 1.0f / __builtin_sqrtf(squares / (float)n + epsilon);
      #pragma omp simd
      for (int32_t i_2 = local_0; i_2 < n; i_2 += 32) {
        y[start + i_2] = x[start + i_2] * scale * weight[i_2];
      }
    }
  }
}
