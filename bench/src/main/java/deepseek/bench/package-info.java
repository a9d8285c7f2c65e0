/**
 * Whole-program measurements, ours and a peer's in turn in one run: start at {@link
 * deepseek.bench.Main} and docs/performance.md. Nothing here is timed by a test. What {@code
 * deepseek bench} measures is in {@code deepseek.bench.speed}, the machine in {@code
 * deepseek.bench.machine}.
 */
@NullMarked
package deepseek.bench;

import org.jspecify.annotations.NullMarked;
