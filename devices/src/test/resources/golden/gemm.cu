extern "C" __global__ __launch_bounds__(256)
void gemm(const float *__restrict__ a, const float *__restrict__ b, float *__restrict__ c, int m, int n, int depth) {
  __shared__ float tileA[1024];
  __shared__ float tileB[1024];
  const int group_0 = (int)blockIdx.x;
  const int group_1 = (int)blockIdx.y;
  const int local_0 = (int)threadIdx.x;
  const int local_1 = (int)threadIdx.y;
  float sums[16];
  int firstRow = group_1 * 64;
  int firstColumn = group_0 * 64;
  int place = local_1 * 16 + local_0;
  sums[0] = 0.0f;
  sums[1] = 0.0f;
  sums[2] = 0.0f;
  sums[3] = 0.0f;
  sums[4] = 0.0f;
  sums[5] = 0.0f;
  sums[6] = 0.0f;
  sums[7] = 0.0f;
  sums[8] = 0.0f;
  sums[9] = 0.0f;
  sums[10] = 0.0f;
  sums[11] = 0.0f;
  sums[12] = 0.0f;
  sums[13] = 0.0f;
  sums[14] = 0.0f;
  sums[15] = 0.0f;
  for (int base = 0; base < depth; base += 16) {
    {
      int word = place;
      tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
      tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
    }
    {
      int word = 256 + place;
      tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
      tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
    }
    {
      int word = 512 + place;
      tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
      tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
    }
    {
      int word = 768 + place;
      tileA[word] = firstRow + word / 16 < m && base + word % 16 < depth ? a[(firstRow + word / 16) * depth + (base + word % 16)] : 0.0f;
      tileB[word] = base + word / 64 < depth && firstColumn + word % 64 < n ? b[(base + word / 64) * n + (firstColumn + word % 64)] : 0.0f;
    }
    __syncthreads();
    for (int inner = 0; inner < 16; inner++) {
      sums[0] = fmaf(tileA[local_1 * 16 + inner], tileB[inner * 64 + local_0], sums[0]);
      sums[1] = fmaf(tileA[local_1 * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[1]);
      sums[2] = fmaf(tileA[local_1 * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[2]);
      sums[3] = fmaf(tileA[local_1 * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[3]);
      sums[4] = fmaf(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[4]);
      sums[5] = fmaf(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[5]);
      sums[6] = fmaf(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[6]);
      sums[7] = fmaf(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[7]);
      sums[8] = fmaf(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[8]);
      sums[9] = fmaf(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[9]);
      sums[10] = fmaf(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[10]);
      sums[11] = fmaf(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[11]);
      sums[12] = fmaf(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[12]);
      sums[13] = fmaf(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[13]);
      sums[14] = fmaf(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[14]);
      sums[15] = fmaf(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[15]);
    }
    __syncthreads();
  }
  if (firstRow + local_1 < m && firstColumn + local_0 < n) {
    c[(firstRow + local_1) * n + (firstColumn + local_0)] = sums[0];
  }
  if (firstRow + local_1 < m && firstColumn + 16 + local_0 < n) {
    c[(firstRow + local_1) * n + (firstColumn + 16 + local_0)] = sums[1];
  }
  if (firstRow + local_1 < m && firstColumn + 32 + local_0 < n) {
    c[(firstRow + local_1) * n + (firstColumn + 32 + local_0)] = sums[2];
  }
  if (firstRow + local_1 < m && firstColumn + 48 + local_0 < n) {
    c[(firstRow + local_1) * n + (firstColumn + 48 + local_0)] = sums[3];
  }
  if (firstRow + 16 + local_1 < m && firstColumn + local_0 < n) {
    c[(firstRow + 16 + local_1) * n + (firstColumn + local_0)] = sums[4];
  }
  if (firstRow + 16 + local_1 < m && firstColumn + 16 + local_0 < n) {
    c[(firstRow + 16 + local_1) * n + (firstColumn + 16 + local_0)] = sums[5];
  }
  if (firstRow + 16 + local_1 < m && firstColumn + 32 + local_0 < n) {
    c[(firstRow + 16 + local_1) * n + (firstColumn + 32 + local_0)] = sums[6];
  }
  if (firstRow + 16 + local_1 < m && firstColumn + 48 + local_0 < n) {
    c[(firstRow + 16 + local_1) * n + (firstColumn + 48 + local_0)] = sums[7];
  }
  if (firstRow + 32 + local_1 < m && firstColumn + local_0 < n) {
    c[(firstRow + 32 + local_1) * n + (firstColumn + local_0)] = sums[8];
  }
  if (firstRow + 32 + local_1 < m && firstColumn + 16 + local_0 < n) {
    c[(firstRow + 32 + local_1) * n + (firstColumn + 16 + local_0)] = sums[9];
  }
  if (firstRow + 32 + local_1 < m && firstColumn + 32 + local_0 < n) {
    c[(firstRow + 32 + local_1) * n + (firstColumn + 32 + local_0)] = sums[10];
  }
  if (firstRow + 32 + local_1 < m && firstColumn + 48 + local_0 < n) {
    c[(firstRow + 32 + local_1) * n + (firstColumn + 48 + local_0)] = sums[11];
  }
  if (firstRow + 48 + local_1 < m && firstColumn + local_0 < n) {
    c[(firstRow + 48 + local_1) * n + (firstColumn + local_0)] = sums[12];
  }
  if (firstRow + 48 + local_1 < m && firstColumn + 16 + local_0 < n) {
    c[(firstRow + 48 + local_1) * n + (firstColumn + 16 + local_0)] = sums[13];
  }
  if (firstRow + 48 + local_1 < m && firstColumn + 32 + local_0 < n) {
    c[(firstRow + 48 + local_1) * n + (firstColumn + 32 + local_0)] = sums[14];
  }
  if (firstRow + 48 + local_1 < m && firstColumn + 48 + local_0 < n) {
    c[(firstRow + 48 + local_1) * n + (firstColumn + 48 + local_0)] = sums[15];
  }
}
