/**
 * Finds the fastest width of a portable operator on a device, per shape. Measured once, stored on
 * disk, used from then on.
 *
 * <p>Start at {@link deepseek.devices.tune.Tuner}, which measures; {@link
 * deepseek.devices.tune.TunedWidths} stores the result. Operators themselves don't belong here.
 */
package deepseek.devices.tune;
