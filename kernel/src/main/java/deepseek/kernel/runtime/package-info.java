/**
 * Compiling, loading and launching kernels.
 *
 * <p>{@link deepseek.kernel.runtime.Backend} opens what runs described kernels: {@link
 * deepseek.kernel.runtime.DeviceRuntime} on a processor, OpenCL, Vulkan or CUDA. {@link
 * deepseek.kernel.runtime.KernelCache} keeps what their compilers made; {@link
 * deepseek.kernel.runtime.CompiledCode} turns C into a library, for these and for those written by
 * hand. {@link deepseek.kernel.runtime.NativeMemory} is the C library's, for whoever needs plain
 * memory.
 */
package deepseek.kernel.runtime;
