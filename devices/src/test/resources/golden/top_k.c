#include <stdbool.h>
#include <stdint.h>

void top_k(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict x = arguments[0];
  float *restrict values = arguments[1];
  int32_t *restrict places = arguments[2];
  const int32_t k = *(const int32_t *)arguments[3];
  const int32_t rows = *(const int32_t *)arguments[4];
  const int32_t n = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    int32_t start = group_0 * n;
    float last = 3.4028235e38f;
    int32_t lastPlace = -1;
    for (int32_t rank = 0; rank < k; rank++) {
      float part = -3.4028235e38f;
      int32_t place = n;
      for (int32_t i = 0; i < n; i++) {
        float value = x[start + i];
        if ((value < last || value == last && lastPlace < i) && (part < value || place == n)) {
          part = value;
          place = i;
        }
      }
      float most = part;
      int32_t first = part == most ? place : n;
      last = most;
      lastPlace = first;
      {
        int32_t slot = group_0 * k + rank;
        values[slot] = most;
        places[slot] = first;
      }
    }
  }
}
