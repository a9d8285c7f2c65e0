extern "C" __global__ __launch_bounds__(64)
void softmax(const float *__restrict__ x, float *__restrict__ y, int rows, int n) {
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
  float sum = 0.0f;
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    float e = expf(x[start + i_2] - most);
    y[start + i_2] = e;
    sum = sum + e;
  }
  scratch_f32[local_0] = sum;
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
  float total = scratch_f32[0];
  __syncthreads();
  float scale = 1.0f / total;
  for (int i_3 = local_0; i_3 < n; i_3 += 64) {
    y[start + i_3] = y[start + i_3] * scale;
  }
}
