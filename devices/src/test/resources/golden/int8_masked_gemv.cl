__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void int8_masked_gemv(__global const uint *restrict w, __global const float *restrict x, __global const int *restrict wanted, __global float *restrict y, int rows, int columns) {
  __local float parts[64];
  const int group_0 = (int)get_group_id(0);
  const int local_0 = (int)get_local_id(0);
  int blocks = columns / 64;
  int count = wanted[group_0] == 0 ? 0 : blocks;
  int lane = local_0 % 16;
  float sum = 0.0f;
  for (int b = local_0 / 16; b < count; b += 4) {
    int block = (group_0 * blocks + b) * 272;
    {
      float inner = 0.0f;
      {
        uint word = w[block + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 1];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 2], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 3], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 16 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 4];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 5];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 6], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 7], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 32 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 8];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 9];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 10], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 11], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 48 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 12];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 13];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 14], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 15], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 64 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 16];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 17];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 18], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 19], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 80 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 20];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 21];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 22], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 23], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 96 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 24];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 25];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 26], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 27], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 112 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 28];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 29];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 30], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 31], odd);
        inner = inner + (even + odd);
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
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 32];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 33];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 34], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 35], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 144 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 36];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 37];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 38], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 39], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 160 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 40];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 41];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 42], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 43], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 176 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 44];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 45];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 46], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 47], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 192 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 48];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 49];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 50], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 51], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 208 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 52];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 53];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 54], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 55], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 224 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 56];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 57];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 58], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 59], odd);
        inner = inner + (even + odd);
      }
      {
        uint word = w[block + 240 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 60];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 61];
        even = fma((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 62], even);
        odd = fma((float)((int)(word >> 24) - 128), x[b * 64 + 63], odd);
        inner = inner + (even + odd);
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
