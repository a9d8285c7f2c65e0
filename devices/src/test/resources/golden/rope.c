#include <stdbool.h>
#include <stdint.h>

void rope(void *const *arguments, int64_t begin, int64_t end) {
  float *restrict x = arguments[0];
  const float *restrict cosines = arguments[1];
  const float *restrict sines = arguments[2];
  const int32_t tokens = *(const int32_t *)arguments[3];
  const int32_t heads = *(const int32_t *)arguments[4];
  const int32_t half_size = *(const int32_t *)arguments[5];
  #pragma omp simd
  for (int64_t at = begin; at < end; at++) {
    const int32_t global_0 = (int32_t)(at % (half_size));
    const int32_t global_1 = (int32_t)(at / (half_size) % (heads));
    const int32_t global_2 = (int32_t)(at / (half_size) / (heads));
    int32_t angle = global_2 * half_size + global_0;
    int32_t low = (global_2 * heads + global_1) * 2 * half_size + global_0;
    int32_t high = low + half_size;
    float a = x[low];
    float b = x[high];
    float c = cosines[angle];
    float s = sines[angle];
    x[low] = a * c - b * s;
    x[high] = b * c + a * s;
  }
}
