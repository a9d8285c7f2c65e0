/**
 * The operators of a language model, each described once for all targets.
 *
 * <p>{@link deepseek.devices.ops.Operators} lists them. These are the reference and the fallback of
 * hand-tuned kernels, and what devices without those run.
 */
package deepseek.devices.ops;
