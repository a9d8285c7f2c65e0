#include <stdbool.h>
#include <stdint.h>

static inline float dk_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

static inline float dk_max_f32(float a, float b) { return a > b ? a : b; }

static inline int32_t dk_min_i32(int32_t a, int32_t b) { return a < b ? a : b; }

void decode_attention(void *const *arguments, int64_t begin, int64_t end) {
  const float *restrict q = arguments[0];
  const float *restrict keys = arguments[1];
  const float *restrict values = arguments[2];
  float *restrict y = arguments[3];
  const int32_t key_heads = *(const int32_t *)arguments[4];
  const int32_t per_key_head = *(const int32_t *)arguments[5];
  const int32_t tokens = *(const int32_t *)arguments[6];
  const float scale = *(const float *)arguments[7];
  for (int64_t at = begin; at < end; at++) {
    const int32_t group_0 = (int32_t)at;
    float scores[64];
    float weights[64];
    float sums[64];
    int32_t query = group_0 * 64;
    int32_t stride = key_heads * 64;
    int32_t head = group_0 / per_key_head * 64;
    float most = -3.4028235e38f;
    float total = 0.0f;
    #pragma omp simd
    for (int32_t i = 0; i < 64; i++) {
      sums[i] = 0.0f;
    }
    for (int32_t tile = 0; tile < tokens; tile += 64) {
      int32_t inTile = dk_min_i32(tokens - tile, 64);
      int32_t first = tile * stride + head;
      float mine = -3.4028235e38f;
      for (int32_t t = 0; t < inTile; t++) {
        int32_t key = t * stride + first;
        float product = 0.0f;
        #pragma omp simd reduction(+:product)
        for (int32_t i_2 = 0; i_2 < 64; i_2++) {
          product = dk_fma(q[query + i_2], keys[key + i_2], product);
        }
        float scaled = product * scale;
        scores[t] = scaled;
        mine = dk_max_f32(mine, scaled);
      }
      float tileMost = mine;
      float larger = dk_max_f32(most, tileMost);
      float shrink = __builtin_expf(most - larger);
      most = larger;
      float part = 0.0f;
      #pragma omp simd reduction(+:part)
      for (int32_t t_2 = 0; t_2 < inTile; t_2++) {
        float weight = __builtin_expf(scores[t_2] - larger);
        weights[t_2] = weight;
        part = part + weight;
      }
      float tileTotal = part;
      total = dk_fma(total, shrink, tileTotal);
      #pragma omp simd
      for (int32_t i_3 = 0; i_3 < 64; i_3++) {
        sums[i_3] = sums[i_3] * shrink;
      }
      for (int32_t t_3 = 0; t_3 < inTile; t_3++) {
        int32_t value = t_3 * stride + first;
        float share = weights[t_3];
        #pragma omp simd
        for (int32_t i_4 = 0; i_4 < 64; i_4++) {
          sums[i_4] = dk_fma(share, values[value + i_4], sums[i_4]);
        }
      }
    }
    #pragma omp simd
    for (int32_t i_5 = 0; i_5 < 64; i_5++) {
      y[query + i_5] = sums[i_5] / total;
    }
  }
}
