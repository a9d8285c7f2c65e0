#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float x[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float weight[]; };
layout(std430, binding = 2) restrict writeonly buffer Binding2 { float y[]; };
layout(push_constant) uniform Parameters {
  float epsilon;
  int rows;
  int n;
};
shared float scratch_f32[64];
void main() {
  const int group_0 = int(gl_WorkGroupID.x);
  const int local_0 = int(gl_LocalInvocationID.x);
  int start = group_0 * n;
  float part = 0.0f;
  for (int i = local_0; i < n; i += 64) {
    part = fma(x[start + i], x[start + i], part);
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
  float squares = scratch_f32[0];
  memoryBarrierShared(); barrier();
  float scale = 1.0f / sqrt(squares / float(n) + epsilon);
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    y[start + i_2] = x[start + i_2] * scale * weight[i_2];
  }
}
