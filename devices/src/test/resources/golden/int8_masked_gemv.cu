extern "C" __global__ __launch_bounds__(64)
void int8_masked_gemv(const unsigned int *__restrict__ w, const float *__restrict__ x, const int *__restrict__ wanted, float *__restrict__ y, int rows, int columns) {
  __shared__ float parts[64];
  const int group_0 = (int)blockIdx.x;
  const int local_0 = (int)threadIdx.x;
  int blocks = columns / 64;
  int count = wanted[group_0] == 0 ? 0 : blocks;
  int lane = local_0 % 16;
  float sum = 0.0f;
  for (int b = local_0 / 16; b < count; b += 4) {
    int block = (group_0 * blocks + b) * 272;
    {
      float inner = 0.0f;
      {
        unsigned int word = w[block + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 1];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 2], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 3], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 16 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 4];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 5];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 6], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 7], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 32 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 8];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 9];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 10], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 11], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 48 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 12];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 13];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 14], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 15], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 64 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 16];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 17];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 18], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 19], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 80 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 20];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 21];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 22], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 23], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 96 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 24];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 25];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 26], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 27], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 112 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 28];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 29];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 30], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 31], odd);
        inner = inner + (even + odd);
      }
      unsigned int scales = w[block + 256 + (lane >> 1)];
      unsigned int bits = scales >> (lane % 2 * 16);
      unsigned int magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : __uint_as_float((magnitude << 13) + 0x38000000u);
      sum = fmaf((bits & 0x8000u) == 0u ? size : -size, inner, sum);
    }
    {
      float inner = 0.0f;
      {
        unsigned int word = w[block + 128 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 32];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 33];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 34], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 35], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 144 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 36];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 37];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 38], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 39], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 160 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 40];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 41];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 42], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 43], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 176 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 44];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 45];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 46], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 47], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 192 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 48];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 49];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 50], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 51], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 208 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 52];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 53];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 54], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 55], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 224 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 56];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 57];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 58], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 59], odd);
        inner = inner + (even + odd);
      }
      {
        unsigned int word = w[block + 240 + lane];
        float even = (float)((int)(word & 0xffu) - 128) * x[b * 64 + 60];
        float odd = (float)((int)((word >> 8) & 0xffu) - 128) * x[b * 64 + 61];
        even = fmaf((float)((int)((word >> 16) & 0xffu) - 128), x[b * 64 + 62], even);
        odd = fmaf((float)((int)(word >> 24) - 128), x[b * 64 + 63], odd);
        inner = inner + (even + odd);
      }
      unsigned int scales = w[block + 264 + (lane >> 1)];
      unsigned int bits = scales >> (lane % 2 * 16);
      unsigned int magnitude = bits & 0x7fffu;
      float size = magnitude < 0x400u ? (float)magnitude * 5.9604645e-8f : __uint_as_float((magnitude << 13) + 0x38000000u);
      sum = fmaf((bits & 0x8000u) == 0u ? size : -size, inner, sum);
    }
  }
  parts[local_0] = sum;
  __syncthreads();
  int row = group_0 * 16 + local_0;
  if (local_0 < 16 && row < rows) {
    float total = parts[local_0];
    total = total + parts[16 + local_0];
    total = total + parts[32 + local_0];
    total = total + parts[48 + local_0];
    y[row] = total;
  }
}
