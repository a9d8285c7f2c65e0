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
    int32_t first = group_0 * width;
    int32_t count = wanted[group_0] == 0 ? 0 : width;
    float part = 0.0f;
    #pragma omp simd reduction(+:part)
    for (int32_t i = 0; i < count; i++) {
      part = dk_fma(w[first + i], x[i], part);
    }
    float total = part;
    y[group_0] = total;
  }
}
