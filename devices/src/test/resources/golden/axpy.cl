__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void axpy(__global const float *restrict x, __global float *restrict y, float a, int n) {
  const int global_0 = (int)get_global_id(0);
  if (global_0 < n) {
    y[global_0] = fma(a, x[global_0], y[global_0]);
  }
}
