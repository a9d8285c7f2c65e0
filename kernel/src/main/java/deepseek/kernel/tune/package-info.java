/**
 * Tunes the constants of the hand-written product kernels for this processor, for all shapes.
 * Measured once, stored on disk, used from then on.
 *
 * <p>Start at {@link deepseek.kernel.tune.ProductTuner}, which tries one {@link
 * deepseek.kernel.tune.Knob} after the other. {@link deepseek.kernel.tune.Measured} separates
 * speedups from noise, for any kind of variant.
 */
package deepseek.kernel.tune;
