#include <stdbool.h>
#include <stdint.h>

void sum(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  float *restrict y = arguments[1];
  const int32_t rows = *(const int32_t *)arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    int32_t start = group_0 * n;
    float part = 0.0f;
    #pragma omp simd reduction(+:part)
    for (int32_t i = 0; i < n; i++) {
      part = part + x[start + i];
    }
    float total = part;
    y[group_0] = total;
  }
}
