/**
 * Compiling, loading and launching kernels.
 *
 * <p>{@link deepseek.kernel.runtime.Backend} opens what runs described kernels: {@link
 * deepseek.kernel.runtime.DeviceRuntime} on a processor, OpenCL, Vulkan or CUDA. {@link
 * deepseek.kernel.runtime.CompiledCode} turns C into a loaded library by way of a cache on disk,
 * for these and for those written by hand.
 */
package deepseek.kernel.runtime;
