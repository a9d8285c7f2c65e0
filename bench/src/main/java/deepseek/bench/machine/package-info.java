/**
 * What this machine is and how fast: start at {@link deepseek.bench.machine.Cpu} and {@link
 * deepseek.bench.machine.MachineSpeed}. How fast models run on it belongs in {@code
 * deepseek.bench.speed}.
 */
@NullMarked
package deepseek.bench.machine;

import org.jspecify.annotations.NullMarked;
