/**
 * Which variant of a portable operator is fastest on a device and a shape: tried once, remembered
 * on disk, used from then on.
 *
 * <p>Start at {@link deepseek.kernel.tune.Tuner}, which tries; {@link
 * deepseek.kernel.tune.TunedWidths} remembers. What an operator computes doesn't belong here.
 */
package deepseek.kernel.tune;
