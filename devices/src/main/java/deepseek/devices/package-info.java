/**
 * The hardware adaptation layer: kernels described once and printed for the device that is there.
 *
 * <p>{@code ir} is the language a kernel is described in, {@code lower} its passes, {@code render}
 * prints it as C, OpenCL C, CUDA C and GLSL, {@code ops} are a language model's operators, {@code
 * runtime} compiles, loads and launches, and {@code tune} finds the fastest variant. Whoever runs
 * models on a processor needs none of it: the kernels written by hand are {@link
 * deepseek.kernel}'s.
 */
package deepseek.devices;
