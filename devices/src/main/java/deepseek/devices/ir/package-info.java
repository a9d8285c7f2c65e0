/**
 * The kernel language: typed expressions and loops over buffers of 32-bit words.
 *
 * <p>Start at {@link deepseek.devices.ir.Kernel#describe}; {@link
 * deepseek.devices.ir.KernelBuilder} adds statements, {@link deepseek.devices.ir.Expr} has the
 * arithmetic. Kernels are always valid: types are checked when expressions are created, scopes and
 * barriers when the kernel is. Nothing here depends on a target: printing belongs to {@code
 * render}, execution to {@code runtime}.
 */
package deepseek.devices.ir;
