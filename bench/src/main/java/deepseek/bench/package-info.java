/**
 * Whole-program measurements, ours and a peer's in turn in one run: start at {@link
 * deepseek.bench.Main} and docs/performance.md. Nothing here is timed by a test, and nothing else
 * depends on this.
 */
@NullMarked
package deepseek.bench;

import org.jspecify.annotations.NullMarked;
