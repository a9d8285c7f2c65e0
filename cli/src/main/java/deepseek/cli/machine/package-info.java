/**
 * What this machine is and how fast: start at {@link deepseek.cli.machine.Cpu} and {@link
 * deepseek.cli.machine.Probe}. Comparisons with peers are the bench module's.
 */
@NullMarked
package deepseek.cli.machine;

import org.jspecify.annotations.NullMarked;
