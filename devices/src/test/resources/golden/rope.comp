#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict buffer Binding0 { float x[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float cosines[]; };
layout(std430, binding = 2) restrict readonly buffer Binding2 { float sines[]; };
layout(push_constant) uniform Parameters {
  int tokens;
  int heads;
  int half_size;
};
void main() {
  const int global_0 = int(gl_GlobalInvocationID.x);
  const int global_1 = int(gl_GlobalInvocationID.y);
  const int global_2 = int(gl_GlobalInvocationID.z);
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
