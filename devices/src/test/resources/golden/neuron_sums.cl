__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void neuron_sums(__global const float *restrict w, __global const float *restrict h, __global float *restrict y, int neurons, int width) {
  const int global_0 = (int)get_global_id(0);
  if (global_0 < width) {
    float sum = 0.0f;
    for (int neuron = 0; neuron < neurons; neuron++) {
      float by = h[neuron];
      if (by != 0.0f) {
        sum = fma(by, w[neuron * width + global_0], sum);
      }
    }
    y[global_0] = sum;
  }
}
