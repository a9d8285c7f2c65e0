/** Layers of neural networks on {@link deepseek.compute.Tensor}. Start at {@code Module}. */
package deepseek.nn;
