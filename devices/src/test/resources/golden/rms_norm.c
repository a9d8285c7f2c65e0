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
    int32_t start = group_0 * n;
    float part = 0.0f;
    #pragma omp simd reduction(+:part)
    for (int32_t i = 0; i < n; i++) {
      part = dk_fma(x[start + i], x[start + i], part);
    }
    float squares = part;
    float scale = 1.0f / __builtin_sqrtf(squares / (float)n + epsilon);
    #pragma omp simd
    for (int32_t i_2 = 0; i_2 < n; i_2++) {
      y[start + i_2] = x[start + i_2] * scale * weight[i_2];
    }
  }
}
