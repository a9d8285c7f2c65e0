#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float x[]; };
layout(std430, binding = 1) restrict writeonly buffer Binding1 { int y[]; };
layout(push_constant) uniform Parameters {
  int rows;
  int n;
};
shared int scratch_i32[64];
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
  int place = n;
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    place = min(place, x[start + i_2] == most ? i_2 : n);
  }
  scratch_i32[local_0] = place;
  memoryBarrierShared(); barrier();
  if (local_0 < 32) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 32]);
  }
  memoryBarrierShared(); barrier();
  if (local_0 < 16) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 16]);
  }
  memoryBarrierShared(); barrier();
  if (local_0 < 8) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 8]);
  }
  memoryBarrierShared(); barrier();
  if (local_0 < 4) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 4]);
  }
  memoryBarrierShared(); barrier();
  if (local_0 < 2) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 2]);
  }
  memoryBarrierShared(); barrier();
  if (local_0 < 1) {
    scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 1]);
  }
  memoryBarrierShared(); barrier();
  int first = scratch_i32[0];
  memoryBarrierShared(); barrier();
  if (local_0 == 0) {
    y[group_0] = first;
  }
}
