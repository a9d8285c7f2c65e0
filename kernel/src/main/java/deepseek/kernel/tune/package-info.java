/**
 * Which variant of a kernel is fastest on a device: of a portable operator for a shape, of the
 * processor's hand-written products for all of them. Tried once, remembered on disk, used from then
 * on.
 *
 * <p>Start at {@link deepseek.kernel.tune.Tuner}, which tries; {@link
 * deepseek.kernel.tune.TunedWidths} remembers. {@link deepseek.kernel.tune.ProductTuner} tries the
 * products. What an operator computes doesn't belong here.
 */
package deepseek.kernel.tune;
