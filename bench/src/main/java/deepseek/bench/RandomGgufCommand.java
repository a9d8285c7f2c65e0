package deepseek.bench;

import deepseek.GgmlType;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model of random weights, for peers as well as us. */
@Command(name = "random-gguf", description = "Write a Llama with random weights as GGUF.")
final class RandomGgufCommand implements Runnable {
  @Option(names = "--out", required = true, description = "The file to write.")
  private Path out;

  @Option(names = "--type", defaultValue = "Q4_0", description = "Q4_0, Q8_0, BF16, F16 or F32.")
  private GgmlType type;

  @Option(
      names = "--size",
      defaultValue = "1b",
      description = "${COMPLETION-CANDIDATES}; 1b has Llama 3.2 1B's shapes.")
  private RandomLlama.Size size;

  @Override
  public void run() {
    size.shape().write(out, type);
  }
}
