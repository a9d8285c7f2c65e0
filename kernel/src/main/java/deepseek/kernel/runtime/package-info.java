/**
 * Compiling, loading and launching kernels. Start at {@link deepseek.kernel.runtime.CompiledCode},
 * which turns C into a loaded library by way of a cache on disk.
 */
package deepseek.kernel.runtime;
