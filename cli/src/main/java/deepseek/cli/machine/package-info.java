/**
 * What this machine is and how fast: start at {@link deepseek.cli.machine.Cpu} and {@link
 * deepseek.cli.machine.MachineSpeed}. How fast models run on it belongs in {@code
 * deepseek.cli.bench}.
 */
@NullMarked
package deepseek.cli.machine;

import org.jspecify.annotations.NullMarked;
