/**
 * Tensors on libtorch. Start at {@link deepseek.compute.Tensor} and {@link deepseek.compute.Scope}.
 *
 * <p>libtorch is loaded by the first operation that needs it; until then a CPU tensor is memory of
 * ours. {@link deepseek.compute.Plan} runs a decoder's step by the processor's kernels instead.
 *
 * <p>Every tensor an operation makes belongs to the innermost open scope of its thread and dies
 * with it; {@code scope.keep(t)} hands a result to the parent scope. Operations delegate to
 * libtorch after their arguments were checked in one place; no layer, file format or model belongs
 * here.
 */
package deepseek.compute;
