extern "C" __global__ __launch_bounds__(64)
void decode_attention(const float *__restrict__ q, const float *__restrict__ keys, const float *__restrict__ values, float *__restrict__ y, int key_heads, int per_key_head, int tokens, float scale) {
  __shared__ float scratch_f32[64];
  __shared__ float scores[64];
  __shared__ float weights[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
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
        product = fmaf(q[query + i_2], keys[key + i_2], product);
      }
      float scaled = product * scale;
      scores[t] = scaled;
      mine = fmaxf(mine, scaled);
    }
    scratch_f32[local_0] = mine;
    __syncthreads();
    if (local_0 < 32) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 32]);
    }
    __syncthreads();
    if (local_0 < 16) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 16]);
    }
    __syncthreads();
    if (local_0 < 8) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 8]);
    }
    __syncthreads();
    if (local_0 < 4) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 4]);
    }
    __syncthreads();
    if (local_0 < 2) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 2]);
    }
    __syncthreads();
    if (local_0 < 1) {
      scratch_f32[local_0] = fmaxf(scratch_f32[local_0], scratch_f32[local_0 + 1]);
    }
    __syncthreads();
    float tileMost = scratch_f32[0];
    __syncthreads();
    float larger = fmaxf(most, tileMost);
    float shrink = expf(most - larger);
    most = larger;
    float part = 0.0f;
    for (int t_2 = local_0; t_2 < inTile; t_2 += 64) {
      float weight = expf(scores[t_2] - larger);
      weights[t_2] = weight;
      part = part + weight;
    }
    scratch_f32[local_0] = part;
    __syncthreads();
    if (local_0 < 32) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 32];
    }
    __syncthreads();
    if (local_0 < 16) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 16];
    }
    __syncthreads();
    if (local_0 < 8) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 8];
    }
    __syncthreads();
    if (local_0 < 4) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 4];
    }
    __syncthreads();
    if (local_0 < 2) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 2];
    }
    __syncthreads();
    if (local_0 < 1) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 1];
    }
    __syncthreads();
    float tileTotal = scratch_f32[0];
    __syncthreads();
    total = fmaf(total, shrink, tileTotal);
    sums[0] = sums[0] * shrink;
    for (int t_3 = 0; t_3 < inTile; t_3++) {
      int value = t_3 * stride + first;
      float share = weights[t_3];
      sums[0] = fmaf(share, values[value + local_0], sums[0]);
    }
    __syncthreads();
  }
  y[query + local_0] = sums[0] / total;
}
