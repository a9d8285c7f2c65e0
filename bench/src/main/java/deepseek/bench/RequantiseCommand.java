package deepseek.bench;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.models.Checkpoint;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a GGUF file's matrices anew in another type; the rest stays as it is. */
@Command(name = "requantise", description = "Write a GGUF file's matrices in another type.")
final class RequantiseCommand implements Runnable {
  /** Routers are small and decide much. */
  private static final String ROUTER = "ffn_gate_inp";

  @Option(names = "--model", required = true, description = "Any model id of a GGUF file.")
  private String model;

  @Option(names = "--type", defaultValue = "Q8_0", description = "Q4_0, Q8_0, BF16, F16 or F32.")
  private GgmlType type;

  @Option(names = "--out", required = true, description = "The file to write.")
  private Path out;

  @Override
  public void run() {
    Path root;
    try (Checkpoint checkpoint = Checkpoint.open(Setup.resolve(model))) {
      root = checkpoint.root();
    }
    try (GgufFile file = GgufFile.open(root)) {
      GgufWriter writer = GgufWriter.withMetadataOf(file, FileType.KEYS);
      FileType.tell(writer, type);
      for (String name : file.names()) {
        List<Long> shape = file.info(name).shape();
        writer.tensor(
            name, shape, typeOf(name, shape), () -> file.load(name, DType.FLOAT32, Device.CPU));
      }
      writer.write(out);
    }
  }

  private GgmlType typeOf(String name, List<Long> shape) {
    boolean isMatrix = shape.size() > 1 && shape.getLast() % type.blockSize() == 0;
    return isMatrix && !name.contains(ROUTER) ? type : GgmlType.F32;
  }
}
