__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void top_k(__global const float *restrict x, __global float *restrict values, __global int *restrict places, int k, int rows, int n) {
  __local int scratch_i32[64];
  __local float scratch_f32[64];
  const int group_0 = (int)get_group_id(0);
  const int local_0 = (int)get_local_id(0);
  int start = group_0 * n;
  float last = 3.4028235e38f;
  int lastPlace = -1;
  for (int rank = 0; rank < k; rank++) {
    float part = -3.4028235e38f;
    int place = n;
    for (int i = local_0; i < n; i += 64) {
      float value = x[start + i];
      if ((value < last || value == last && lastPlace < i) && (part < value || place == n)) {
        part = value;
        place = i;
      }
    }
    scratch_f32[local_0] = part;
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
    float most = scratch_f32[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    scratch_i32[local_0] = part == most ? place : n;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 32) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 32]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 16) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 16]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 8) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 8]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 4) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 4]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 2) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 2]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (local_0 < 1) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 1]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    int first = scratch_i32[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    last = most;
    lastPlace = first;
    if (local_0 == 0) {
      int slot = group_0 * k + rank;
      values[slot] = most;
      places[slot] = first;
    }
  }
}
