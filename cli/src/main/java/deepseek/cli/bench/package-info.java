/**
 * What {@code deepseek bench} measures: llama-bench's workloads on an {@link
 * deepseek.cli.bench.Engine}, ours or a peer's in a process of its own, in turn. Start at {@link
 * deepseek.cli.bench.Protocol}. How fast the machine is belongs in {@code deepseek.cli.machine}.
 */
@NullMarked
package deepseek.cli.bench;

import org.jspecify.annotations.NullMarked;
