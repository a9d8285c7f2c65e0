extern "C" __global__ __launch_bounds__(64)
void silu_times(const float *__restrict__ gate, const float *__restrict__ up, float *__restrict__ y, int n) {
  const int global_0 = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (global_0 < n) {
    float g = gate[global_0];
    y[global_0] = g / (expf(-g) + 1.0f) * up[global_0];
  }
}
