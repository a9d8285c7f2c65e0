extern "C" __global__ __launch_bounds__(64)
void int4_gemm(const unsigned int *__restrict__ w, const float *__restrict__ x, float *__restrict__ y, int m, int rows, int columns) {
  const int global_0 = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  const int global_1 = (int)(blockIdx.y * blockDim.y + threadIdx.y);
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
  float sums[4];
  float dots[4];
  int starts[4];
  int blocks = columns / 64;
  int first = global_1 * 4;
  sums[0] = 0.0f;
  starts[0] = min(first, m - 1) * columns;
  sums[1] = 0.0f;
  starts[1] = min(first + 1, m - 1) * columns;
  sums[2] = 0.0f;
  starts[2] = min(first + 2, m - 1) * columns;
  sums[3] = 0.0f;
  starts[3] = min(first + 3, m - 1) * columns;
  for (int b = 0; b < blocks; b++) {
    int block = (group_0 * blocks + b) * 144;
    {
      dots[0] = 0.0f;
      dots[1] = 0.0f;
      dots[2] = 0.0f;
      dots[3] = 0.0f;
      for (int line = 0; line < 4; line++) {
        unsigned int word = w[block + line * 16 + local_0];
        int column = b * 64 + line * 8;
        float number = (float)((int)(word & 0xfu) - 8);
        dots[0] = fmaf(number, x[starts[0] + column], dots[0]);
        dots[1] = fmaf(number, x[starts[1] + column], dots[1]);
        dots[2] = fmaf(number, x[starts[2] + column], dots[2]);
        dots[3] = fmaf(number, x[starts[3] + column], dots[3]);
        float number_2 = (float)((int)((word >> 8) & 0xfu) - 8);
        dots[0] = fmaf(number_2, x[starts[0] + column + 1], dots[0]);
        dots[1] = fmaf(number_2, x[starts[1] + column + 1], dots[1]);
        dots[2] = fmaf(number_2, x[starts[2] + column + 1], dots[2]);
        dots[3] = fmaf(number_2, x[starts[3] + column + 1], dots[3]);
        float number_3 = (float)((int)((word >> 16) & 0xfu) - 8);
        dots[0] = fmaf(number_3, x[starts[0] + column + 2], dots[0]);
        dots[1] = fmaf(number_3, x[starts[1] + column + 2], dots[1]);
        dots[2] = fmaf(number_3, x[starts[2] + column + 2], dots[2]);
        dots[3] = fmaf(number_3, x[starts[3] + column + 2], dots[3]);
        float number_4 = (float)((int)((word >> 24) & 0xfu) - 8);
        dots[0] = fmaf(number_4, x[starts[0] + column + 3], dots[0]);
        dots[1] = fmaf(number_4, x[starts[1] + column + 3], dots[1]);
        dots[2] = fmaf(number_4, x[starts[2] + column + 3], dots[2]);
        dots[3] = fmaf(number_4, x[starts[3] + column + 3], dots[3]);
        float number_5 = (float)((int)((word >> 4) & 0xfu) - 8);
        dots[0] = fmaf(number_5, x[starts[0] + column + 4], dots[0]);
        dots[1] = fmaf(number_5, x[starts[1] + column + 4], dots[1]);
        dots[2] = fmaf(number_5, x[starts[2] + column + 4], dots[2]);
        dots[3] = fmaf(number_5, x[starts[3] + column + 4], dots[3]);
        float number_6 = (float)((int)((word >> 12) & 0xfu) - 8);
        dots[0] = fmaf(number_6, x[starts[0] + column + 5], dots[0]);
        dots[1] = fmaf(number_6, x[starts[1] + column + 5], dots[1]);
        dots[2] = fmaf(number_6, x[starts[2] + column + 5], dots[2]);
        dots[3] = fmaf(number_6, x[starts[3] + column + 5], dots[3]);
        float number_7 = (float)((int)((word >> 20) & 0xfu) - 8);
        dots[0] = fmaf(number_7, x[starts[0] + column + 6], dots[0]);
        dots[1] = fmaf(number_7, x[starts[1] + column + 6], dots[1]);
        dots[2] = fmaf(number_7, x[starts[2] + column + 6], dots[2]);
        dots[3] = fmaf(number_7, x[starts[3] + column + 6], dots[3]);
        float number_8 = (float)((int)(word >> 28) - 8);
        dots[0] = fmaf(number_8, x[starts[0] + column + 7], dots[0]);
        dots[1] = fmaf(number_8, x[starts[1] + column + 7], dots[1]);
        dots[2] = fmaf(number_8, x[starts[2] + column + 7], dots[2]);
        dots[3] = fmaf(number_8, x[starts[3] + column + 7], dots[3]);
      }
      unsigned int scales = w[block + 128 + (local_0 >> 1)];
      unsigned int bits = scales >> (local_0 % 2 * 16);
      unsigned int magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : __uint_as_float((magnitude << 13) + 0x38000000u);
      float scale = (bits & 0x8000u) == 0u ? size : -size;
      sums[0] = fmaf(scale, dots[0], sums[0]);
      sums[1] = fmaf(scale, dots[1], sums[1]);
      sums[2] = fmaf(scale, dots[2], sums[2]);
      sums[3] = fmaf(scale, dots[3], sums[3]);
    }
    {
      dots[0] = 0.0f;
      dots[1] = 0.0f;
      dots[2] = 0.0f;
      dots[3] = 0.0f;
      for (int line = 4; line < 8; line++) {
        unsigned int word = w[block + line * 16 + local_0];
        int column = b * 64 + line * 8;
        float number = (float)((int)(word & 0xfu) - 8);
        dots[0] = fmaf(number, x[starts[0] + column], dots[0]);
        dots[1] = fmaf(number, x[starts[1] + column], dots[1]);
        dots[2] = fmaf(number, x[starts[2] + column], dots[2]);
        dots[3] = fmaf(number, x[starts[3] + column], dots[3]);
        float number_2 = (float)((int)((word >> 8) & 0xfu) - 8);
        dots[0] = fmaf(number_2, x[starts[0] + column + 1], dots[0]);
        dots[1] = fmaf(number_2, x[starts[1] + column + 1], dots[1]);
        dots[2] = fmaf(number_2, x[starts[2] + column + 1], dots[2]);
        dots[3] = fmaf(number_2, x[starts[3] + column + 1], dots[3]);
        float number_3 = (float)((int)((word >> 16) & 0xfu) - 8);
        dots[0] = fmaf(number_3, x[starts[0] + column + 2], dots[0]);
        dots[1] = fmaf(number_3, x[starts[1] + column + 2], dots[1]);
        dots[2] = fmaf(number_3, x[starts[2] + column + 2], dots[2]);
        dots[3] = fmaf(number_3, x[starts[3] + column + 2], dots[3]);
        float number_4 = (float)((int)((word >> 24) & 0xfu) - 8);
        dots[0] = fmaf(number_4, x[starts[0] + column + 3], dots[0]);
        dots[1] = fmaf(number_4, x[starts[1] + column + 3], dots[1]);
        dots[2] = fmaf(number_4, x[starts[2] + column + 3], dots[2]);
        dots[3] = fmaf(number_4, x[starts[3] + column + 3], dots[3]);
        float number_5 = (float)((int)((word >> 4) & 0xfu) - 8);
        dots[0] = fmaf(number_5, x[starts[0] + column + 4], dots[0]);
        dots[1] = fmaf(number_5, x[starts[1] + column + 4], dots[1]);
        dots[2] = fmaf(number_5, x[starts[2] + column + 4], dots[2]);
        dots[3] = fmaf(number_5, x[starts[3] + column + 4], dots[3]);
        float number_6 = (float)((int)((word >> 12) & 0xfu) - 8);
        dots[0] = fmaf(number_6, x[starts[0] + column + 5], dots[0]);
        dots[1] = fmaf(number_6, x[starts[1] + column + 5], dots[1]);
        dots[2] = fmaf(number_6, x[starts[2] + column + 5], dots[2]);
        dots[3] = fmaf(number_6, x[starts[3] + column + 5], dots[3]);
        float number_7 = (float)((int)((word >> 20) & 0xfu) - 8);
        dots[0] = fmaf(number_7, x[starts[0] + column + 6], dots[0]);
        dots[1] = fmaf(number_7, x[starts[1] + column + 6], dots[1]);
        dots[2] = fmaf(number_7, x[starts[2] + column + 6], dots[2]);
        dots[3] = fmaf(number_7, x[starts[3] + column + 6], dots[3]);
        float number_8 = (float)((int)(word >> 28) - 8);
        dots[0] = fmaf(number_8, x[starts[0] + column + 7], dots[0]);
        dots[1] = fmaf(number_8, x[starts[1] + column + 7], dots[1]);
        dots[2] = fmaf(number_8, x[starts[2] + column + 7], dots[2]);
        dots[3] = fmaf(number_8, x[starts[3] + column + 7], dots[3]);
      }
      unsigned int scales = w[block + 136 + (local_0 >> 1)];
      unsigned int bits = scales >> (local_0 % 2 * 16);
      unsigned int magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : __uint_as_float((magnitude << 13) + 0x38000000u);
      float scale = (bits & 0x8000u) == 0u ? size : -size;
      sums[0] = fmaf(scale, dots[0], sums[0]);
      sums[1] = fmaf(scale, dots[1], sums[1]);
      sums[2] = fmaf(scale, dots[2], sums[2]);
      sums[3] = fmaf(scale, dots[3], sums[3]);
    }
  }
  int row = global_0;
  if (row < rows && first < m) {
    y[first * rows + row] = sums[0];
  }
  if (row < rows && first + 1 < m) {
    y[(first + 1) * rows + row] = sums[1];
  }
  if (row < rows && first + 2 < m) {
    y[(first + 2) * rows + row] = sums[2];
  }
  if (row < rows && first + 3 < m) {
    y[(first + 3) * rows + row] = sums[3];
  }
}
