#version 450
layout(local_size_x = 16, local_size_y = 16, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float a[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float b[]; };
layout(std430, binding = 2) restrict writeonly buffer Binding2 { float c[]; };
layout(push_constant) uniform Parameters {
  int m;
  int n;
  int depth;
};
shared float tileA[1024];
shared float tileB[1024];
void main() {
  const int group_0 = int(gl_WorkGroupID.x);
  const int group_1 = int(gl_WorkGroupID.y);
  const int local_0 = int(gl_LocalInvocationID.x);
  const int local_1 = int(gl_LocalInvocationID.y);
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
    memoryBarrierShared(); barrier();
    for (int inner = 0; inner < 16; inner++) {
      sums[0] = fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + local_0], sums[0]);
      sums[1] = fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[1]);
      sums[2] = fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[2]);
      sums[3] = fma(tileA[local_1 * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[3]);
      sums[4] = fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[4]);
      sums[5] = fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[5]);
      sums[6] = fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[6]);
      sums[7] = fma(tileA[(16 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[7]);
      sums[8] = fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[8]);
      sums[9] = fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[9]);
      sums[10] = fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[10]);
      sums[11] = fma(tileA[(32 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[11]);
      sums[12] = fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + local_0], sums[12]);
      sums[13] = fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 16 + local_0], sums[13]);
      sums[14] = fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 32 + local_0], sums[14]);
      sums[15] = fma(tileA[(48 + local_1) * 16 + inner], tileB[inner * 64 + 48 + local_0], sums[15]);
    }
    memoryBarrierShared(); barrier();
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
