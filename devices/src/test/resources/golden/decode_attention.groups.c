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
    float scratch_f32[32];
    float scores[64];
    float weights[64];
    float most_items[32];
    float total_items[32];
    float tileMost_items[32];
    float shrink_items[32];
    float tileTotal_items[32];
    float sums_items[64];
    int32_t query = group_0 * 64;
    int32_t stride = key_heads * 64;
    int32_t head = group_0 / per_key_head * 64;
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float most = -3.4028235e38f;
      float total = 0.0f;
      #pragma omp simd
      for (int32_t i = 0; i < 2; i++) {
        sums_items[i * 32 + local_0] = 0.0f;
      }
      most_items[local_0] = most;
      total_items[local_0] = total;
    }
    for (int32_t tile = 0; tile < tokens; tile += 64) {
      int32_t inTile = dk_min_i32(tokens - tile, 64);
      int32_t first = tile * stride + head;
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        float mine = -3.4028235e38f;
        for (int32_t t = local_0; t < inTile; t += 32) {
          int32_t key = t * stride + first;
          float product = 0.0f;
          for (int32_t i_2 = 0; i_2 < 64; i_2++) {
            product = dk_fma(q[query + i_2], keys[key + i_2], product);
          }
          float scaled = product * scale;
          scores[t] = scaled;
          mine = dk_max_f32(mine, scaled);
        }
        scratch_f32[local_0] = mine;
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 16) {
          scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 16]);
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 8) {
          scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 8]);
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 4) {
          scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 4]);
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 2) {
          scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 2]);
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 1) {
          scratch_f32[local_0] = dk_max_f32(scratch_f32[local_0], scratch_f32[local_0 + 1]);
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        float tileMost = scratch_f32[0];
        tileMost_items[local_0] = tileMost;
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        float most = most_items[local_0];
        float tileMost = tileMost_items[local_0];
        float larger = dk_max_f32(most, tileMost);
        float shrink = __builtin_expf(most - larger);
        most = larger;
        float part = 0.0f;
        #pragma omp simd
        for (int32_t t_2 = local_0; t_2 < inTile; t_2 += 32) {
          float weight = __builtin_expf(scores[t_2] - larger);
          weights[t_2] = weight;
          part = part + weight;
        }
        scratch_f32[local_0] = part;
        most_items[local_0] = most;
        shrink_items[local_0] = shrink;
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 16) {
          scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 16];
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 8) {
          scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 8];
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 4) {
          scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 4];
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 2) {
          scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 2];
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        if (local_0 < 1) {
          scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 1];
        }
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        float tileTotal = scratch_f32[0];
        tileTotal_items[local_0] = tileTotal;
      }
      #pragma omp simd
      for (int32_t local_0 = 0; local_0 < 32; local_0++) {
        float shrink = shrink_items[local_0];
        float tileTotal = tileTotal_items[local_0];
        float total = total_items[local_0];
        total = dk_fma(total, shrink, tileTotal);
        #pragma omp simd
        for (int32_t i_3 = 0; i_3 < 2; i_3++) {
          sums_items[i_3 * 32 + local_0] = sums_items[i_3 * 32 + local_0] * shrink;
        }
        for (int32_t t_3 = 0; t_3 < inTile; t_3++) {
          int32_t value = t_3 * stride + first;
          float share = weights[t_3];
          #pragma omp simd
          for (int32_t i_4 = 0; i_4 < 2; i_4++) {
            sums_items[i_4 * 32 + local_0] = dk_fma(share, values[value + (i_4 * 32 + local_0)], sums_items[i_4 * 32 + local_0]);
          }
        }
        total_items[local_0] = total;
      }
    }
    #pragma omp simd
    for (int32_t local_0 = 0; local_0 < 32; local_0++) {
      float total = total_items[local_0];
      #pragma omp simd
      for (int32_t i_5 = 0; i_5 < 2; i_5++) {
        y[query + (i_5 * 32 + local_0)] = sums_items[i_5 * 32 + local_0] / total;
      }
    }
  }
}
