#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void neuron_dots(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict w = arguments[0];
  const float *restrict x = arguments[1];
  const int32_t *restrict wanted = arguments[2];
  float *restrict y = arguments[3];
  const int32_t neurons = *(const int32_t *)arguments[4];
  const int32_t width = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float scratch_f32[32];
    float total_items[32];
    int32_t first = group_0 * width;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t count = wanted[group_0] == 0 ? 0 : width;
      float part = 0.0f;
      for (int32_t i = local_0; i < count; i += 32) {
        part = dk_fma(w[first + i], x[i], part);
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
      float total = scratch_f32[0];
      total_items[local_0] = total;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float total = total_items[local_0];
      if (local_0 == 0) {
        y[group_0] = total;
      }
    }
  }
}
