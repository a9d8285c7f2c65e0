extern "C" __global__ __launch_bounds__(64)
void rms_norm(const float *__restrict__ x, const float *__restrict__ weight, float *__restrict__ y, float epsilon, int rows, int n) {
  __shared__ float scratch_f32[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
  int start = group_0 * n;
  float part = 0.0f;
  for (int i = local_0; i < n; i += 64) {
    part = fmaf(x[start + i], x[start + i], part);
  }
  scratch_f32[local_0] = part;
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
  float squares = scratch_f32[0];
  __syncthreads();
  float scale = 1.0f / sqrtf(squares / (float)n + epsilon);
  for (int i_2 = local_0; i_2 < n; i_2 += 64) {
    y[start + i_2] = x[start + i_2] * scale * weight[i_2];
  }
}
