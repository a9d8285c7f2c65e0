/**
 * Which numbers of the hand-written products are fastest on this processor, for all shapes. Tried
 * once, remembered on disk, used from then on.
 *
 * <p>Start at {@link deepseek.kernel.tune.ProductTuner}, which tries one {@link
 * deepseek.kernel.tune.Knob} after the other. {@link deepseek.kernel.tune.Measured} tells what is
 * faster from noise, for whatever is tried.
 */
package deepseek.kernel.tune;
