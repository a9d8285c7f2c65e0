extern "C" __global__ __launch_bounds__(64)
void top_k(const float *__restrict__ x, float *__restrict__ values, int *__restrict__ places, int k, int rows, int n) {
  __shared__ int scratch_i32[64];
  __shared__ float scratch_f32[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
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
    float most = scratch_f32[0];
    __syncthreads();
    scratch_i32[local_0] = part == most ? place : n;
    __syncthreads();
    if (local_0 < 32) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 32]);
    }
    __syncthreads();
    if (local_0 < 16) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 16]);
    }
    __syncthreads();
    if (local_0 < 8) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 8]);
    }
    __syncthreads();
    if (local_0 < 4) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 4]);
    }
    __syncthreads();
    if (local_0 < 2) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 2]);
    }
    __syncthreads();
    if (local_0 < 1) {
      scratch_i32[local_0] = min(scratch_i32[local_0], scratch_i32[local_0 + 1]);
    }
    __syncthreads();
    int first = scratch_i32[0];
    __syncthreads();
    last = most;
    lastPlace = first;
    if (local_0 == 0) {
      int slot = group_0 * k + rank;
      values[slot] = most;
      places[slot] = first;
    }
  }
}
