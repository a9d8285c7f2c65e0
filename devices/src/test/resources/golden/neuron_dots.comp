#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float w[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float x[]; };
layout(std430, binding = 2) restrict readonly buffer Binding2 { int wanted[]; };
layout(std430, binding = 3) restrict writeonly buffer Binding3 { float y[]; };
layout(push_constant) uniform Parameters {
  int neurons;
  int width;
};
shared float scratch_f32[64];
void main() {
  const int group_0 = int(gl_WorkGroupID.x);
  const int local_0 = int(gl_LocalInvocationID.x);
  int first = group_0 * width;
  int count = wanted[group_0] == 0 ? 0 : width;
  float part = 0.0f;
  for (int i = local_0; i < count; i += 64) {
    part = fma(w[first + i], x[i], part);
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
  float total = scratch_f32[0];
  memoryBarrierShared(); barrier();
  if (local_0 == 0) {
    y[group_0] = total;
  }
}
