__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void silu_times(__global const float *restrict gate, __global const float *restrict up, __global float *restrict y, int n) {
  const int global_0 = (int)get_global_id(0);
  if (global_0 < n) {
    float g = gate[global_0];
    y[global_0] = g / (exp(-g) + 1.0f) * up[global_0];
  }
}
