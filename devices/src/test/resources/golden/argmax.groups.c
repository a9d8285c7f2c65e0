#include <stdbool.h>
#include <stdint.h>

static inline float dk_max_f32(float a, float b) { return a > b ? a : b; }

static inline int32_t dk_min_i32(int32_t a, int32_t b) { return a < b ? a : b; }

void argmax(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  int32_t *restrict y = arguments[1];
  const int32_t rows = *(const int32_t *)arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    int32_t scratch_i32[32];
    float scratch_f32[32];
    float most_items[32];
    int32_t first_items[32];
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
      int32_t place = n;
      for (int32_t i_2 = local_0; i_2 < n; i_2 += 32) {
        place = dk_min_i32(place, x[start + i_2] == most ? i_2 : n);
      }
      scratch_i32[local_0] = place;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 16) {
        scratch_i32[local_0] = dk_min_i32(scratch_i32[local_0], scratch_i32[local_0 + 16]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 8) {
        scratch_i32[local_0] = dk_min_i32(scratch_i32[local_0], scratch_i32[local_0 + 8]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 4) {
        scratch_i32[local_0] = dk_min_i32(scratch_i32[local_0], scratch_i32[local_0 + 4]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 2) {
        scratch_i32[local_0] = dk_min_i32(scratch_i32[local_0], scratch_i32[local_0 + 2]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      if (local_0 < 1) {
        scratch_i32[local_0] = dk_min_i32(scratch_i32[local_0], scratch_i32[local_0 + 1]);
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t first = scratch_i32[0];
      first_items[local_0] = first;
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      int32_t first = first_items[local_0];
      if (local_0 == 0) {
        y[group_0] = first;
      }
    }
  }
}
