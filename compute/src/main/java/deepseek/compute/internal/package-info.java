/**
 * libtorch behind {@link deepseek.compute}: the only place that may name org.bytedeco. Start at
 * {@link deepseek.compute.internal.NativeTensor} and its {@code Native...Ops}, one delegating line
 * per operation; {@link deepseek.compute.internal.TorchRuntime} sets the native library up. {@link
 * deepseek.compute.internal.HostTensor} is what a tensor consists of before. Not for use outside
 * compute.
 */
package deepseek.compute.internal;
