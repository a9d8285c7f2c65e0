extern "C" __global__ __launch_bounds__(64)
void axpy(const float *__restrict__ x, float *__restrict__ y, float a, int n) {
  const int global_0 = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (global_0 < n) {
    y[global_0] = fmaf(a, x[global_0], y[global_0]);
  }
}
