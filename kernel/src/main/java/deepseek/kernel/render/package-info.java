/**
 * Prints kernels as C, OpenCL C, CUDA C and GLSL.
 *
 * <p>{@link deepseek.kernel.render.Printer} prints what is the same everywhere, which is nearly
 * all; a {@link deepseek.kernel.render.Dialect} is the table of what differs. A new target is one
 * more of those and a line in {@link deepseek.kernel.render.Target}.
 */
package deepseek.kernel.render;
