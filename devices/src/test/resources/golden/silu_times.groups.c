#include <stdbool.h>
#include <stdint.h>

void silu_times(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict gate = arguments[0];
  const float *restrict up = arguments[1];
  float *restrict y = arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  #pragma omp simd
  for (int64_t at = begin; at < end; at++) {
    const int32_t global_0 = (int32_t)at;
    float g = gate[global_0];
    y[global_0] = g / (__builtin_expf(-g) + 1.0f) * up[global_0];
  }
}
