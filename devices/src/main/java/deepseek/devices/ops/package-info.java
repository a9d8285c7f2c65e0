/**
 * The operators of a language model, each described once for all targets.
 *
 * <p>{@link deepseek.devices.ops.Operators} lists them. They are the reference for hand-tuned
 * kernels, and the fallback on devices without those.
 */
package deepseek.devices.ops;
