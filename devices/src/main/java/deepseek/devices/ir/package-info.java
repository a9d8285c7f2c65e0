/**
 * The language kernels are described in: typed expressions and loops over buffers of 32-bit words.
 *
 * <p>Start at {@link deepseek.devices.ir.Kernel#describe}; {@link
 * deepseek.devices.ir.KernelBuilder} has the verbs, {@link deepseek.devices.ir.Expr} the
 * arithmetic. A kernel that exists is valid: types are checked as expressions are made, scopes and
 * barriers when the kernel is. Nothing here knows a target: how one is printed is {@code render}'s
 * business, how it is run {@code runtime}'s.
 */
package deepseek.devices.ir;
