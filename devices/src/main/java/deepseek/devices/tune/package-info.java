/**
 * Which width of a portable operator is fastest on a device, for a shape. Tried once, remembered on
 * disk, used from then on.
 *
 * <p>Start at {@link deepseek.devices.tune.Tuner}, which tries; {@link
 * deepseek.devices.tune.TunedWidths} remembers. What an operator computes doesn't belong here.
 */
package deepseek.devices.tune;
