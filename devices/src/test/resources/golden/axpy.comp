#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float x[]; };
layout(std430, binding = 1) restrict buffer Binding1 { float y[]; };
layout(push_constant) uniform Parameters {
  float a;
  int n;
};
void main() {
  const int global_0 = int(gl_GlobalInvocationID.x);
  if (global_0 < n) {
    y[global_0] = fma(a, x[global_0], y[global_0]);
  }
}
