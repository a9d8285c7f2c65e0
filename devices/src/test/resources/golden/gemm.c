#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void gemm(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict a = arguments[0];
  const float *restrict b = arguments[1];
  float *restrict c = arguments[2];
  const int32_t m = *(const int32_t *)arguments[3];
  const int32_t n = *(const int32_t *)arguments[4];
  const int32_t depth = *(const int32_t *)arguments[5];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)(at % ((n + 63) / 64));
    const int32_t group_1 = (int32_t)(at / ((n + 63) / 64));
    float tileA[1024];
    float tileB[1024];
    int32_t place_items[256];
    float sums_items[4096];
    int32_t firstRow = group_1 * 64;
    int32_t firstColumn = group_0 * 64;
    for (int32_t local_1 = 0; local_1 < 16; local_1++) {
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 16; local_0++) {
        int32_t place = local_1 * 16 + local_0;
        sums_items[0 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[1 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[2 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[3 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[4 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[5 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[6 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[7 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[8 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[9 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[10 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[11 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[12 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[13 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[14 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        sums_items[15 * 256 + (local_1 * 16 + local_0)] = 0.0f;
        place_items[local_1 * 16 + local_0] = place;
      }
    }
    for (int32_t base = 0; base < depth; base += 16) {
      for (int32_t local_1 = 0; local_1 < 16; local_1++) {
        #pragma omp simd
        for (int32_t local_0 = 0; local_0 < 16; local_0++) {
          int32_t place = place_items[local_1 * 16 + local_0];
          {
            int32_t word = place;
            tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
            tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
          }
          {
            int32_t word = 256 + place;
            tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
            tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
          }
          {
            int32_t word = 512 + place;
            tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
            tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
          }
          {
            int32_t word = 768 + place;
            tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
            tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
          }
        }
      }
      for (int32_t local_1 = 0; local_1 < 16; local_1++) {
        #pragma omp simd
        for (int32_t local_0 = 0; local_0 < 16; local_0++) {
          for (int32_t inner = 0; inner < 16; inner++) {
            sums_items[0 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + local_0], sums_items[0 * 256 + (local_1 * 16 + local_0)]);
            sums_items[1 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 16 + local_0], sums_items[1 * 256 + (local_1 * 16 + local_0)]);
            sums_items[2 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 32 + local_0], sums_items[2 * 256 + (local_1 * 16 + local_0)]);
            sums_items[3 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 48 + local_0], sums_items[3 * 256 + (local_1 * 16 + local_0)]);
            sums_items[4 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums_items[4 * 256 + (local_1 * 16 + local_0)]);
            sums_items[5 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums_items[5 * 256 + (local_1 * 16 + local_0)]);
            sums_items[6 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums_items[6 * 256 + (local_1 * 16 + local_0)]);
            sums_items[7 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums_items[7 * 256 + (local_1 * 16 + local_0)]);
            sums_items[8 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums_items[8 * 256 + (local_1 * 16 + local_0)]);
            sums_items[9 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums_items[9 * 256 + (local_1 * 16 + local_0)]);
            sums_items[10 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums_items[10 * 256 + (local_1 * 16 + local_0)]);
            sums_items[11 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums_items[11 * 256 + (local_1 * 16 + local_0)]);
            sums_items[12 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums_items[12 * 256 + (local_1 * 16 + local_0)]);
            sums_items[13 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums_items[13 * 256 + (local_1 * 16 + local_0)]);
            sums_items[14 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums_items[14 * 256 + (local_1 * 16 + local_0)]);
            sums_items[15 * 256 + (local_1 * 16 + local_0)] = dk_fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums_items[15 * 256 + (local_1 * 16 + local_0)]);
          }
        }
      }
    }
    for (int32_t local_1 = 0; local_1 < 16; local_1++) {
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 16; local_0++) {
        if (firstRow + local_1 < m && firstColumn + local_0 < n) {
          c[(firstRow + local_1) * n + (firstColumn + local_0)] = sums_items[0 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + local_1 < m && firstColumn + 16 + local_0 < n) {
          c[(firstRow + local_1) * n + (firstColumn + 16 + local_0)] = sums_items[1 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + local_1 < m && firstColumn + 32 + local_0 < n) {
          c[(firstRow + local_1) * n + (firstColumn + 32 + local_0)] = sums_items[2 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + local_1 < m && firstColumn + 48 + local_0 < n) {
          c[(firstRow + local_1) * n + (firstColumn + 48 + local_0)] = sums_items[3 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 16 + local_1 < m && firstColumn + local_0 < n) {
          c[(firstRow + 16 + local_1) * n + (firstColumn + local_0)] = sums_items[4 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 16 + local_1 < m && firstColumn + 16 + local_0 < n) {
          c[(firstRow + 16 + local_1) * n + (firstColumn + 16 + local_0)] = sums_items[5 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 16 + local_1 < m && firstColumn + 32 + local_0 < n) {
          c[(firstRow + 16 + local_1) * n + (firstColumn + 32 + local_0)] = sums_items[6 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 16 + local_1 < m && firstColumn + 48 + local_0 < n) {
          c[(firstRow + 16 + local_1) * n + (firstColumn + 48 + local_0)] = sums_items[7 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 32 + local_1 < m && firstColumn + local_0 < n) {
          c[(firstRow + 32 + local_1) * n + (firstColumn + local_0)] = sums_items[8 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 32 + local_1 < m && firstColumn + 16 + local_0 < n) {
          c[(firstRow + 32 + local_1) * n + (firstColumn + 16 + local_0)] = sums_items[9 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 32 + local_1 < m && firstColumn + 32 + local_0 < n) {
          c[(firstRow + 32 + local_1) * n + (firstColumn + 32 + local_0)] = sums_items[10 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 32 + local_1 < m && firstColumn + 48 + local_0 < n) {
          c[(firstRow + 32 + local_1) * n + (firstColumn + 48 + local_0)] = sums_items[11 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 48 + local_1 < m && firstColumn + local_0 < n) {
          c[(firstRow + 48 + local_1) * n + (firstColumn + local_0)] = sums_items[12 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 48 + local_1 < m && firstColumn + 16 + local_0 < n) {
          c[(firstRow + 48 + local_1) * n + (firstColumn + 16 + local_0)] = sums_items[13 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 48 + local_1 < m && firstColumn + 32 + local_0 < n) {
          c[(firstRow + 48 + local_1) * n + (firstColumn + 32 + local_0)] = sums_items[14 * 256 + (local_1 * 16 + local_0)];
        }
        if (firstRow + 48 + local_1 < m && firstColumn + 48 + local_0 < n) {
          c[(firstRow + 48 + local_1) * n + (firstColumn + 48 + local_0)] = sums_items[15 * 256 + (local_1 * 16 + local_0)];
        }
      }
    }
  }
}
