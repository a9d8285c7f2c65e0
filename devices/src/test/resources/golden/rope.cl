__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void rope(__global float *restrict x, __global const float *restrict cosines, __global const float *restrict sines, int tokens, int heads, int half_size) {
  const int global_0 = (int)get_global_id(0);
  const int global_1 = (int)get_global_id(1);
  const int global_2 = (int)get_global_id(2);
  if (global_0 < half_size && global_1 < heads && global_2 < tokens) {
    int angle = global_2 * half_size + global_0;
    int low = (global_2 * heads + global_1) * 2 * half_size + global_0;
    int high = low + half_size;
    float a = x[low];
    float b = x[high];
    float c = cosines[angle];
    float s = sines[angle];
    x[low] = a * c - b * s;
    x[high] = b * c + a * s;
  }
}
