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
    int32_t start = group_0 * n;
    float part = -3.4028235e38f;
    #pragma omp simd reduction(max:part)
    for (int32_t i = 0; i < n; i++) {
      part = dk_max_f32(part, x[start + i]);
    }
    float most = part;
    int32_t place = n;
    #pragma omp simd reduction(min:place)
    for (int32_t i_2 = 0; i_2 < n; i_2++) {
      place = dk_min_i32(place, x[start + i_2] == most ? i_2 : n);
    }
    int32_t first = place;
    y[group_0] = first;
  }
}
