/**
 * The hardware adaptation layer: kernels described once and printed for each device.
 *
 * <p>{@code ir} is the language a kernel is described in, {@code lower} its passes, {@code render}
 * prints it as C, OpenCL C, CUDA C and GLSL, {@code ops} are a language model's operators, {@code
 * runtime} compiles, loads and launches, and {@code tune} finds the fastest variant. Models that
 * run on a CPU need none of it: the hand-written kernels are in {@link deepseek.kernel}.
 */
package deepseek.devices;
