#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float x[]; };
layout(std430, binding = 1) restrict buffer Binding1 { float y[]; };
layout(push_constant) uniform Parameters {
  int rows;
  int n;
};
shared float scratch_f32[64];
void main() {
  const int group_0 = int(gl_WorkGroupID.x);
  const int local_0 = int(gl_LocalInvocationID.x);
  int start = group_0 * n;
  float part = -3.4028235e38f;
  for (int i = local_0; i < n; i += 64) {
    part = max(part, x[start + i]);
  }
  scratch_f32[local_0] = part;
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
  float most = scratch_f32[0];
  memoryBarrierShared(); barrier();
  float sum = 0.0f;
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    float e = exp(x[start + i_2] - most);
    y[start + i_2] = e;
    sum = sum + e;
  }
  scratch_f32[local_0] = sum;
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
  float total = scratch_f32[0];
  memoryBarrierShared(); barrier();
  float scale = 1.0f / total;
  for (int i_3 = local_0; i_3 < n; i_3 += 64) {
    y[start + i_3] = y[start + i_3] * scale;
  }
}
