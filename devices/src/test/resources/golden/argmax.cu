extern "C" __global__ __launch_bounds__(64)
void argmax(const float *__restrict__ x, int *__restrict__ y, int rows, int n) {
  __shared__ int scratch_i32[64];
  __shared__ float scratch_f32[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
  int start = group_0 * n;
  float part = -3.4028235e38f;
  for (int i = local_0; i < n; i += 64) {
    part = fmaxf(part, x[start + i]);
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
  int place = n;
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    place = min(place, x[start + i_2] == most ? i_2 : n);
  }
  scratch_i32[local_0] = place;
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
  if (local_0 == 0) {
    y[group_0] = first;
  }
}
