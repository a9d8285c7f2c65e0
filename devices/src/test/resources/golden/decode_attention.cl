__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void decode_attention(__global const float *restrict q, __global const float *restrict keys, __global const float *restrict values, __global float *restrict y, int key_heads, int per_key_head, int tokens, float scale) {
  __local float scratch_f32[64];
  __local float scores[64];
  __local float weights[64];
  const int group_0 = (int)get_group_id(0);
  const int local_0 = (int)get_local_id(0);
  float sums[1];
  int query = group_0 * 64;
  int stride = key_heads * 64;
  int head = group_0 / per_key_head * 64;
  float most = -3.4028235e38f;
  float total = 0.0f;
  sums[0] = 0.0f;
  for (int tile = 0; tile < tokens; tile += 64) {
    int inTile = min(tokens - tile, 64);
    int first = tile * stride + head;
    float mine = -3.4028235e38f;
    for (int t = local_0; t < inTile; t += 64) {
      int key = t * stride + first;
      float product = 0.0f;
      for (int i_2 = 0; i_2 < 64; i_2++) {
        product = fma(q[query + i_2], keys[key + i_2], product);
      }
      float scaled = product * scale;
      scores[t] = scaled;
      mine = fmax(mine, scaled);
    }
    scratch_f32[local_0] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 32) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 32]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 16) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 16]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 8) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 8]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 4) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 4]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 2) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 2]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 1) {
      scratch_f32[local_0] = fmax(scratch_f32[local_0], scratch_f32[local_0 + 1]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float tileMost = scratch_f32[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    float larger = fmax(most, tileMost);
    float shrink = exp(most - larger);
    most = larger;
    float part = 0.0f;
    for (int t_2 = local_0; t_2 < inTile; t_2 += 64) {
      float weight = exp(scores[t_2] - larger);
      weights[t_2] = weight;
      part = part + weight;
    }
    scratch_f32[local_0] = part;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 32) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 32];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 16) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 16];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 8) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 8];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 4) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 4];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 2) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 2];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 1) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 1];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float tileTotal = scratch_f32[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    total = fma(total, shrink, tileTotal);
    sums[0] = sums[0] * shrink;
    for (int t_3 = 0; t_3 < inTile; t_3++) {
      int value = t_3 * stride + first;
      float share = weights[t_3];
      sums[0] = fma(share, values[value + local_0], sums[0]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  y[query + local_0] = sums[0] / total;
}
