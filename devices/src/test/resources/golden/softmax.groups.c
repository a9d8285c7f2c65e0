#include <stdbool.h>
#include <stdint.h>

static inline float dk_max_f32(float a, float b) { return a > b ? a : b; }

void softmax(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  float *restrict y = arguments[1];
  const int32_t rows = *(const int32_t *)arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float scratch_f32[32];
    float most_items[32];
    float total_items[32];
    int32_t start = group_0 * n;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float part = -3.4028235e38f;
      for (int32_t i = local_0; i < n; i += 32) {
        part = dk_max_f32(part, x[start + i]);
      }
      scratch_f32[local_0] = part;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 16) {
        scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 16]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 8) {
        scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 8]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 4) {
        scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 4]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 2) {
        scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 2]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 1) {
        scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 1]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float most = scratch_f32[0];
      most_items[local_0] = most;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float most = most_items[local_0];
      float sum = 0.0f;
      #pragma omp simd
      for (int32_t i_2 = local_0; i_2 < n; i_2 += 32) {
        float e = __builtin_expf(x[start + i_2] - most);
        y[start + i_2] = e;
        sum = sum + e;
      }
      scratch_f32[local_0] = sum;
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
      float scale = 1.0f / total;
      #pragma omp simd
      for (int32_t i_3 = local_0; i_3 < n; i_3 += 32) {
        y[start + i_3] = y[start + i_3] * scale;
      }
    }
  }
}
