#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float q[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float keys[]; };
layout(std430, binding = 2) restrict readonly buffer Binding2 { float values[]; };
layout(std430, binding = 3) restrict writeonly buffer Binding3 { float y[]; };
layout(push_constant) uniform Parameters {
  int key_heads;
  int per_key_head;
  int tokens;
  float scale;
};
shared float scratch_f32[64];
shared float scores[64];
shared float weights[64];
void main() {
  const int group_0 = int(gl_WorkGroupID.x);
  const int local_0 = int(gl_LocalInvocationID.x);
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
      mine = max(mine, scaled);
    }
    scratch_f32[local_0] = mine;
    memoryBarrierShared(); barrier();
    if (local_0 < 32) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 32]);
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 16) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 16]);
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 8) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 8]);
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 4) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 4]);
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 2) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 2]);
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 1) {
      scratch_f32[local_0] = max(scratch_f32[local_0], scratch_f32[local_0 + 1]);
    }
    memoryBarrierShared(); barrier();
    float tileMost = scratch_f32[0];
    memoryBarrierShared(); barrier();
    float larger = max(most, tileMost);
    float shrink = exp(most - larger);
    most = larger;
    float part = 0.0f;
    for (int t_2 = local_0; t_2 < inTile; t_2 += 64) {
      float weight = exp(scores[t_2] - larger);
      weights[t_2] = weight;
      part = part + weight;
    }
    scratch_f32[local_0] = part;
    memoryBarrierShared(); barrier();
    if (local_0 < 32) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 32];
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 16) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 16];
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 8) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 8];
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 4) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 4];
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 2) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 2];
    }
    memoryBarrierShared(); barrier();
    if (local_0 < 1) {
      scratch_f32[local_0] = scratch_f32[local_0] + scratch_f32[local_0 + 1];
    }
    memoryBarrierShared(); barrier();
    float tileTotal = scratch_f32[0];
    memoryBarrierShared(); barrier();
    total = fma(total, shrink, tileTotal);
    sums[0] = sums[0] * shrink;
    for (int t_3 = 0; t_3 < inTile; t_3++) {
      int value = t_3 * stride + first;
      float share = weights[t_3];
      sums[0] = fma(share, values[value + local_0], sums[0]);
    }
    memoryBarrierShared(); barrier();
  }
  y[query + local_0] = sums[0] / total;
}
