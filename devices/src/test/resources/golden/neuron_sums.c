#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void neuron_sums(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict w = arguments[0];
  const float *restrict h = arguments[1];
  float *restrict y = arguments[2];
  const int32_t neurons = *(const int32_t *)arguments[3];
  const int32_t width = *(const int32_t *)arguments[4];
  for (int64_t at = begin; at < end; at++) {
    const int32_t global_0 = (int32_t)at;
    float sum = 0.0f;
    for (int32_t neuron = 0; neuron < neurons; neuron++) {
      float by = h[neuron];
      if (by != 0.0f) {
        sum = dk_fma(by, w[neuron * width + global_0], sum);
      }
    }
    y[global_0] = sum;
  }
}
