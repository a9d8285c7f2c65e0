/**
 * What native code needs from the machine: a compiler, a cache of its output, the processor's
 * features, memory and threads.
 *
 * <p>{@link deepseek.kernel.runtime.CompiledCode} compiles C to a library with {@link
 * deepseek.kernel.runtime.CCompiler}; {@link deepseek.kernel.runtime.KernelCache} stores compiled
 * code, including that of devices. {@link deepseek.kernel.runtime.NativeMemory} allocates from the
 * C library.
 */
package deepseek.kernel.runtime;
