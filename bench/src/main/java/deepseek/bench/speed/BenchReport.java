package deepseek.bench.speed;

import deepseek.bench.machine.Cpu;
import deepseek.bench.machine.MachineSpeed;

/** Hears of a run's facts and figures as they come. */
public interface BenchReport {
  void machine(Cpu cpu, int threads, MachineSpeed speed);

  void model(BenchedModel model);

  void peer(String name, PeerBuild build);

  void result(Result result);

  /** What a workload that writes an answer could reach. */
  void bound(Result result, Bound bound);

  /** Bytes per second of memory at the end, which tells whether the machine was ours. */
  void bandwidthAtEnd(double bytesPerSecond);
}
