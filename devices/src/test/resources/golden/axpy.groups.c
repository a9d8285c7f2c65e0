#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void axpy(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  float *restrict y = arguments[1];
  const float a = *(const float *)arguments[2];
  const int32_t n = *(const int32_t *)arguments[3];
  #pragma omp simd
  for (int64_t at = begin; at < end; at++) {
    const int32_t global_0 = (int32_t)at;
    y[global_0] = dk_fma(a, x[global_0], y[global_0]);
  }
}
