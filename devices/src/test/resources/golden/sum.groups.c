#include <stdbool.h>
#include <stdint.h>

void sum(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  float *restrict y = arguments[1];
  const int32_t rows = *(const int32_t *)arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float scratch_f32[32];
    float total_items[32];
    int32_t start = group_0 * n;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float part = 0.0f;
      for (int32_t i = local_0; i < n; i += 32) {
        part = part + x[start + i];
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
