/**
 * Rewrites a kernel into one that is simpler or faster to print, one {@link
 * deepseek.devices.lower.Pass} per class; {@link deepseek.devices.lower.Lowering} puts them in
 * order.
 *
 * <p>A pass takes any valid kernel and gives a valid one that computes the same. What differs from
 * target to target in spelling alone belongs to {@code render}.
 */
package deepseek.devices.lower;
