/**
 * Kernels for processors.
 *
 * <p>{@code cpu} holds the hand-written kernels; {@code runtime} has the compiler, the cache and
 * the memory they need; {@code tune} searches for the fastest values of their constants. All of it
 * works on addresses, shapes and word types; tensors are in the module compute, and kernels
 * described once for all devices in the module devices.
 */
package deepseek.kernel;
