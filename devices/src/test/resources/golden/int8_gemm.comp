#version 450
layout(local_size_x = 16, local_size_y = 4, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { uint w[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float x[]; };
layout(std430, binding = 2) restrict writeonly buffer Binding2 { float y[]; };
layout(push_constant) uniform Parameters {
  int m;
  int rows;
  int columns;
};
void main() {
  const int global_0 = int(gl_GlobalInvocationID.x);
  const int global_1 = int(gl_GlobalInvocationID.y);
  const int group_0 = int(gl_WorkGroupID.x);
  const int local_0 = int(gl_LocalInvocationID.x);
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
    int block = (group_0 * blocks + b) * 272;
    {
      dots[0] = 0.0f;
      dots[1] = 0.0f;
      dots[2] = 0.0f;
      dots[3] = 0.0f;
      for (int line = 0; line < 8; line++) {
        uint word = w[block + line * 16 + local_0];
        int column = b * 64 + line * 4;
        float number = float(int(word & 0xffu) - 128);
        dots[0] = fma(number, x[starts[0] + column], dots[0]);
        dots[1] = fma(number, x[starts[1] + column], dots[1]);
        dots[2] = fma(number, x[starts[2] + column], dots[2]);
        dots[3] = fma(number, x[starts[3] + column], dots[3]);
        float number_2 = float(int((word >> 8) & 0xffu) - 128);
        dots[0] = fma(number_2, x[starts[0] + column + 1], dots[0]);
        dots[1] = fma(number_2, x[starts[1] + column + 1], dots[1]);
        dots[2] = fma(number_2, x[starts[2] + column + 1], dots[2]);
        dots[3] = fma(number_2, x[starts[3] + column + 1], dots[3]);
        float number_3 = float(int((word >> 16) & 0xffu) - 128);
        dots[0] = fma(number_3, x[starts[0] + column + 2], dots[0]);
        dots[1] = fma(number_3, x[starts[1] + column + 2], dots[1]);
        dots[2] = fma(number_3, x[starts[2] + column + 2], dots[2]);
        dots[3] = fma(number_3, x[starts[3] + column + 2], dots[3]);
        float number_4 = float(int(word >> 24) - 128);
        dots[0] = fma(number_4, x[starts[0] + column + 3], dots[0]);
        dots[1] = fma(number_4, x[starts[1] + column + 3], dots[1]);
        dots[2] = fma(number_4, x[starts[2] + column + 3], dots[2]);
        dots[3] = fma(number_4, x[starts[3] + column + 3], dots[3]);
      }
      uint scales = w[block + 256 + (local_0 >> 1)];
      uint bits = scales >> (local_0 % 2 * 16);
      uint magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? float(magnitude) * 5.9604645e-8f : uintBitsToFloat((magnitude << 13) + 0x38000000u);
      float scale = (bits & 0x8000u) == 0u ? size : -size;
      sums[0] = fma(scale, dots[0], sums[0]);
      sums[1] = fma(scale, dots[1], sums[1]);
      sums[2] = fma(scale, dots[2], sums[2]);
      sums[3] = fma(scale, dots[3], sums[3]);
    }
    {
      dots[0] = 0.0f;
      dots[1] = 0.0f;
      dots[2] = 0.0f;
      dots[3] = 0.0f;
      for (int line = 8; line < 16; line++) {
        uint word = w[block + line * 16 + local_0];
        int column = b * 64 + line * 4;
        float number = float(int(word & 0xffu) - 128);
        dots[0] = fma(number, x[starts[0] + column], dots[0]);
        dots[1] = fma(number, x[starts[1] + column], dots[1]);
        dots[2] = fma(number, x[starts[2] + column], dots[2]);
        dots[3] = fma(number, x[starts[3] + column], dots[3]);
        float number_2 = float(int((word >> 8) & 0xffu) - 128);
        dots[0] = fma(number_2, x[starts[0] + column + 1], dots[0]);
        dots[1] = fma(number_2, x[starts[1] + column + 1], dots[1]);
        dots[2] = fma(number_2, x[starts[2] + column + 1], dots[2]);
        dots[3] = fma(number_2, x[starts[3] + column + 1], dots[3]);
        float number_3 = float(int((word >> 16) & 0xffu) - 128);
        dots[0] = fma(number_3, x[starts[0] + column + 2], dots[0]);
        dots[1] = fma(number_3, x[starts[1] + column + 2], dots[1]);
        dots[2] = fma(number_3, x[starts[2] + column + 2], dots[2]);
        dots[3] = fma(number_3, x[starts[3] + column + 2], dots[3]);
        float number_4 = float(int(word >> 24) - 128);
        dots[0] = fma(number_4, x[starts[0] + column + 3], dots[0]);
        dots[1] = fma(number_4, x[starts[1] + column + 3], dots[1]);
        dots[2] = fma(number_4, x[starts[2] + column + 3], dots[2]);
        dots[3] = fma(number_4, x[starts[3] + column + 3], dots[3]);
      }
      uint scales = w[block + 264 + (local_0 >> 1)];
      uint bits = scales >> (local_0 % 2 * 16);
      uint magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? float(magnitude) * 5.9604645e-8f : uintBitsToFloat((magnitude << 13) + 0x38000000u);
      float scale = (bits & 0x8000u) == 0u ? size : -size;
      sums[0] = fma(scale, dots[0], sums[0]);
      sums[1] = fma(scale, dots[1], sums[1]);
      sums[2] = fma(scale, dots[2], sums[2]);
      sums[3] = fma(scale, dots[3], sums[3]);
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
