/**
 * Prints kernels as C, OpenCL C, CUDA C and GLSL.
 *
 * <p>{@link deepseek.devices.render.Printer} prints what all targets share, which is nearly
 * everything; a {@link deepseek.devices.render.Dialect} has the differences. A new target needs one
 * of those and a line in {@link deepseek.devices.render.Target}.
 */
package deepseek.devices.render;
