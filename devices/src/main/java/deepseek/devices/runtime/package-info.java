/**
 * Compiling, loading and launching described kernels.
 *
 * <p>{@link deepseek.devices.runtime.Backend} opens what runs them: {@link
 * deepseek.devices.runtime.DeviceRuntime} on a processor, OpenCL, Vulkan or CUDA. What the
 * compilers made is kept by {@link deepseek.kernel.runtime.KernelCache}. Vulkan and the compiler of
 * its shaders are LWJGL's, which is seen by this package only.
 */
package deepseek.devices.runtime;
