/**
 * Kernels for processors.
 *
 * <p>{@code cpu} holds them, written by hand; {@code runtime} has the compiler, the cache and the
 * memory they need, {@code tune} tries which of their numbers are fastest. All of it knows
 * addresses, shapes and word types only; tensors live above, in compute, and kernels that are
 * described once for all devices in a module of their own, devices.
 */
package deepseek.kernel;
