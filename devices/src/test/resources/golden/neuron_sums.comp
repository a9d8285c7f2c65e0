#version 450
layout(local_size_x = 64, local_size_y = 1, local_size_z = 1) in;
layout(std430, binding = 0) restrict readonly buffer Binding0 { float w[]; };
layout(std430, binding = 1) restrict readonly buffer Binding1 { float h[]; };
layout(std430, binding = 2) restrict writeonly buffer Binding2 { float y[]; };
layout(push_constant) uniform Parameters {
  int neurons;
  int width;
};
void main() {
  const int global_0 = int(gl_GlobalInvocationID.x);
  if (global_0 < width) {
    float sum = 0.0f;
    for (int neuron = 0; neuron < neurons; neuron++) {
      float by = h[neuron];
      if (by != 0.0f) {
        sum = fma(by, w[neuron * width + global_0], sum);
      }
    }
    y[global_0] = sum;
  }
}
