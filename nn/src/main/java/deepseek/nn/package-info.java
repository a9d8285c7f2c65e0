/**
 * Layers of neural networks on {@link deepseek.compute.Tensor}. Start at {@link
 * deepseek.nn.Module}, which owns parameters, and {@link deepseek.nn.Parameters}, from which layers
 * are built; attention and mixture of experts have packages of their own. No model family, file
 * format or tokenizer belongs here.
 */
package deepseek.nn;
