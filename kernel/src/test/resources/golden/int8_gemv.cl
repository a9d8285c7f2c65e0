__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void int8_gemv(__global const uint *restrict w, __global const float *restrict x, __global float *restrict y, int rows, int columns) {
  __local float parts[64];
  const int group_0 = (int)get_group_id(0);
  const int local_0 = (int)get_local_id(0);
  int blocks = columns / 64;
  int lane = local_0 % 16;
  float sum = 0.0f;
  for (int b = local_0 / 16; b < blocks; b += 4) {
    int block = (group_0 * blocks + b) * 272;
    {
      float inner = 0.0f;
      {
        uint word = w[block + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 1], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 2], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 3], inner);
      }
      {
        uint word = w[block + 16 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 4], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 5], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 6], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 7], inner);
      }
      {
        uint word = w[block + 32 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 8], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 9], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 10], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 11], inner);
      }
      {
        uint word = w[block + 48 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 12], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 13], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 14], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 15], inner);
      }
      {
        uint word = w[block + 64 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 16], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 17], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 18], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 19], inner);
      }
      {
        uint word = w[block + 80 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 20], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 21], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 22], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 23], inner);
      }
      {
        uint word = w[block + 96 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 24], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 25], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 26], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 27], inner);
      }
      {
        uint word = w[block + 112 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 28], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 29], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 30], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 31], inner);
      }
      uint scales = w[block + 256 + (lane >> 1)];
      uint bits = scales >> (lane % 2 * 16);
      uint magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : as_float((magnitude << 13) + 0x38000000u);
      sum = fma((bits & 0x8000u) == 0u ? size : -size, inner, sum);
    }
    {
      float inner = 0.0f;
      {
        uint word = w[block + 128 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 32], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 33], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 34], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 35], inner);
      }
      {
        uint word = w[block + 144 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 36], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 37], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 38], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 39], inner);
      }
      {
        uint word = w[block + 160 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 40], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 41], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 42], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 43], inner);
      }
      {
        uint word = w[block + 176 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 44], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 45], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 46], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 47], inner);
      }
      {
        uint word = w[block + 192 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 48], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 49], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 50], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 51], inner);
      }
      {
        uint word = w[block + 208 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 52], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 53], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 54], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 55], inner);
      }
      {
        uint word = w[block + 224 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 56], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 57], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 58], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 59], inner);
      }
      {
        uint word = w[block + 240 + lane];
        inner = fma((float)((int)(word & 0xffu) - 128), x[b * 64 + 60], inner);
        inner = fma((float)((int)((word >> 8) & 0xffu) - 128), x[b * 64 + 61], inner);
        inner = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 62], inner);
        inner = fma((float)((int)(word >> 24) - 128), x[b * 64 + 63], inner);
      }
      uint scales = w[block + 264 + (lane >> 1)];
      uint bits = scales >> (lane % 2 * 16);
      uint magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : as_float((magnitude << 13) + 0x38000000u);
      sum = fma((bits & 0x8000u) == 0u ? size : -size, inner, sum);
    }
  }
  parts[local_0] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  int row = group_0 * 16 + local_0;
  if (local_0 < 16 && row < rows) {
    float total = parts[local_0];
    total = total + parts[16 + local_0];
    total = total + parts[32 + local_0];
    total = total + parts[48 + local_0];
    y[row] = total;
  }
}
