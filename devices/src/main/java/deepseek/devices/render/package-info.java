/**
 * Prints kernels as C, OpenCL C, CUDA C and GLSL.
 *
 * <p>{@link deepseek.devices.render.Printer} prints what is the same everywhere, which is nearly
 * all; a {@link deepseek.devices.render.Dialect} is the table of what differs. A new target is one
 * more of those and a line in {@link deepseek.devices.render.Target}.
 */
package deepseek.devices.render;
