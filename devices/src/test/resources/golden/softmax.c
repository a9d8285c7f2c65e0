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
    int32_t start = group_0 * n;
    float part = -3.4028235e38f;
    #pragma omp simd reduction(max:part)
    for (int32_t i = 0; i < n; i++) {
      part = dk_max_f32(part, x[start + i]);
    }
    float most = part;
    float sum = 0.0f;
    #pragma omp simd reduction(+:sum)
    for (int32_t i_2 = 0; i_2 < n; i_2++) {
      float e = __builtin_expf(x[start + i_2] - most);
      y[start + i_2] = e;
      sum = sum + e;
    }
    float total = sum;
    float scale = 1.0f / total;
    #pragma omp simd
    for (int32_t i_3 = 0; i_3 < n; i_3++) {
      y[start + i_3] = y[start + i_3] * scale;
    }
  }
}
