package deepseek.bench;

import deepseek.compute.DType;
import deepseek.compute.Libtorch;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How much resident memory loading costs before first use. */
@Command(name = "load", description = "Resident memory after loading, against the file's size.")
final class LoadCommand implements Runnable {
  @Mixin private Setup setup;

  @Override
  public void run() {
    Report report = setup.report("load");
    Path model = setup.resolve();
    // Whatever classes and libraries cost once is not the model's.
    report.note("vector instructions libtorch uses", Libtorch.cpuCapability());
    try (Bfloat16Copy copy = new Bfloat16Copy(model)) {
      measure(report, "safetensors, bfloat16", copy.folder(), copy.bytes());
    }
    if (Files.isRegularFile(model)) {
      measure(report, model.getFileName().toString(), model, size(model));
    }
  }

  private static void measure(Report report, String name, Path model, long fileBytes) {
    long before = Memory.resident();
    long start = System.nanoTime();
    try (Decoder decoder =
        AutoModel.fromPretrained(
            model.toString(), ModelOptions.defaults().withDtype(DType.BFLOAT16))) {
      double seconds = Comparison.secondsOf(System.nanoTime() - start);
      long growth = Memory.resident() - before;
      report.figure(name + ": file", fileBytes / 1e6, "MB");
      report.figure(name + ": resident growth", growth / 1e6, "MB");
      report.figure(name + ": growth / file", (double) growth / fileBytes, "");
      report.figure(name + ": time", seconds * 1000, "ms");
      report.figure(name + ": layers", decoder.config().numHiddenLayers(), "");
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
