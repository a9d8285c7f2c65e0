/**
 * Rewrites kernels to simpler or faster ones before they are printed, one {@link
 * deepseek.devices.lower.Pass} per class; {@link deepseek.devices.lower.Lowering} has their order.
 *
 * <p>A pass turns any valid kernel into a valid one with the same results. Differences in syntax
 * between targets belong to {@code render}.
 */
package deepseek.devices.lower;
