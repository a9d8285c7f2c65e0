/**
 * What {@code deepseek bench} measures: llama-bench's workloads on an {@link
 * deepseek.bench.speed.Engine}, ours or a peer's in a process of its own, in turn. Start at {@link
 * deepseek.bench.speed.Protocol}. How fast the machine is belongs in {@code
 * deepseek.bench.machine}.
 */
@NullMarked
package deepseek.bench.speed;

import org.jspecify.annotations.NullMarked;
