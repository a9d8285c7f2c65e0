extern "C" __global__ __launch_bounds__(64)
void rope(float *__restrict__ x, const float *__restrict__ cosines, const float *__restrict__ sines, int tokens, int heads, int half_size) {
  const int global_0 = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  const int global_1 = (int)(blockIdx.y * blockDim.y + threadIdx.y);
  const int global_2 = (int)(blockIdx.z * blockDim.z + threadIdx.z);
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
