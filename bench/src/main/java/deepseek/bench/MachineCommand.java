package deepseek.bench;

import deepseek.cli.machine.Cpu;
import deepseek.cli.machine.Probe;
import deepseek.compute.Backend;
import deepseek.compute.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What bounds a model on this machine. */
@Command(name = "machine", description = "Memory bandwidth and matrix products.")
final class MachineCommand implements Runnable {
  static final long BYTES = 256_000_000;

  @Mixin private Setup setup;

  static double bandwidth(Report report) {
    double bandwidth = Probe.readBandwidth(BYTES);
    report.figure("memory bandwidth, sum of 256 MB", bandwidth / 1e9, "GB/s");
    return bandwidth;
  }

  @Override
  public void run() {
    Report report = setup.report("machine");
    report.note("processor", Cpu.ofThisMachine().model());
    report.note("vector instructions libtorch uses", Backend.cpuCapability());
    report.figure("threads", setup.applyThreads(), "");
    bandwidth(report);
    report.figure("matrix product, float32", Probe.matmul(DType.FLOAT32) / 1e9, "GFLOP/s");
    report.figure("matrix product, bfloat16", Probe.matmul(DType.BFLOAT16) / 1e9, "GFLOP/s");
  }
}
