/**
 * The operators of a language model, each described once for all targets.
 *
 * <p>{@link deepseek.kernel.ops.Operators} lists them. These are the reference and the fallback of
 * hand-tuned kernels, and what devices without those run.
 */
package deepseek.kernel.ops;
