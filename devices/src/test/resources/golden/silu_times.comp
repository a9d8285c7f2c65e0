#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float gate[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float up[]; };
layout(std430, binding = 2) restrict writeonly buffer Binding2 { float y[]; };
layout(push_constant) uniform Parameters {
  int n;
};
void main() {
  const int global_0 = int(gl_GlobalInvocationID.x);
  if (global_0 < n) {
    float g = gate[global_0];
    y[global_0] = g / (exp(-g) + 1.0f) * up[global_0];
  }
}
