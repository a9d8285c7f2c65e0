/**
 * What native code needs of the machine: a compiler, a cache of what it made, the processor's
 * features, memory and threads.
 *
 * <p>{@link deepseek.kernel.runtime.CompiledCode} turns C into a library by {@link
 * deepseek.kernel.runtime.CCompiler}; {@link deepseek.kernel.runtime.KernelCache} keeps what
 * compilers made, those of devices as well. {@link deepseek.kernel.runtime.NativeMemory} is the C
 * library's, for whoever needs plain memory.
 */
package deepseek.kernel.runtime;
