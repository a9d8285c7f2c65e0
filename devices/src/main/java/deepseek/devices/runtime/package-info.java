/**
 * Compiling, loading and launching described kernels.
 *
 * <p>{@link deepseek.devices.runtime.Backend} opens a {@link
 * deepseek.devices.runtime.DeviceRuntime} for the CPU, OpenCL, Vulkan or CUDA. Compiled code is
 * cached in {@link deepseek.kernel.runtime.KernelCache}. Vulkan and its shader compiler are
 * accessed through LWJGL, which only this package uses.
 */
package deepseek.devices.runtime;
