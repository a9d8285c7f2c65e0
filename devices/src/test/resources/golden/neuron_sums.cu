extern "C" __global__ __launch_bounds__(64)
void neuron_sums(const float *__restrict__ w, const float *__restrict__ h, float *__restrict__ y, int neurons, int width) {
  const int global_0 = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (global_0 < width) {
    float sum = 0.0f;
    for (int neuron = 0; neuron < neurons; neuron++) {
      float by = h[neuron];
      if (by != 0.0f) {
        sum = fmaf(by, w[neuron * width + global_0], sum);
      }
    }
    y[global_0] = sum;
  }
}
