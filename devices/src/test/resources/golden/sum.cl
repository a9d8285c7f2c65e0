__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void sum(__global const float *restrict x, __global float *restrict y, int rows, int n) {
  __local float scratch_f32[64];
  const int group_0 = (int)get_group_id(0);
  const int local_0 = (int)get_local_id(0);
  int start = group_0 * n;
  float part = 0.0f;
  for (int i = local_0; i < n; i += 64) {
    part = part + x[start + i];
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
  float total = scratch_f32[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  if (local_0 == 0) {
    y[group_0] = total;
  }
}
