/**
 * The hardware adaptation layer: kernels described once and printed for the device that is there.
 *
 * <p>{@code ir} is the language a kernel is described in, {@code lower} its passes, {@code render}
 * prints it as C, OpenCL C, CUDA C and GLSL, {@code runtime} compiles, loads and launches, and
 * {@code cpu} holds the kernels that are worth writing by hand. All of it knows addresses, shapes
 * and word types only; tensors live above, in compute.
 */
package deepseek.kernel;
