extern "C" __global__ __launch_bounds__(64)
void neuron_dots(const float *__restrict__ w, const float *__restrict__ x, const int *__restrict__ wanted, float *__restrict__ y, int neurons, int width) {
  __shared__ float scratch_f32[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
  int first = group_0 * width;
  int count = wanted[group_0] == 0 ? 0 : width;
  float part = 0.0f;
  for (int i = local_0; i < count; i += 64) {
    part = fmaf(w[first + i], x[i], part);
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
  float total = scratch_f32[0];
  __syncthreads();
  if (local_0 == 0) {
    y[group_0] = total;
  }
}
