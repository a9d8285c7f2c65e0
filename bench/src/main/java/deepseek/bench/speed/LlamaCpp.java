package deepseek.bench.speed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** llama.cpp on a GGUF file, through llama-cpp-python's functions of its C interface. */
public final class LlamaCpp implements Engine {
  private final PeerProcess process;
  private final PeerBuild build;
  private final Map<Workload, Attention> chosen = new HashMap<>();

  /** How it computes attention. */
  public enum Attention {
    FLASH,
    PLAIN;

    @Override
    public String toString() {
      return this == FLASH ? "with flash attention" : "without flash attention";
    }
  }

  /**
   * Loads a GGUF file.
   *
   * @param python has llama-cpp-python
   * @param context tokens that its cache has room for
   */
  public LlamaCpp(String python, Path file, int threads, int context) {
    process =
        new PeerProcess(
            python,
            "llama_cpp_bench.py",
            "llama-cpp-python",
            file.toString(),
            String.valueOf(threads),
            String.valueOf(context));
    try {
      JsonNode ready = process.answer();
      build = new PeerBuild(ready.path("version").asText(), ready.path("system").asText().strip());
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return "llama.cpp";
  }

  public PeerBuild build() {
    return build;
  }

  /** The process it runs in. */
  public long pid() {
    return process.pid();
  }

  /** What {@link #warmUp} found faster. */
  public Attention attention(Workload workload) {
    return chosen.getOrDefault(workload, Attention.FLASH);
  }

  /** Tries both ways of attention, each once untimed and once timed. */
  @Override
  public void warmUp(Workload workload) {
    boolean flash =
        warmSeconds(workload, Attention.FLASH) <= warmSeconds(workload, Attention.PLAIN);
    chosen.put(workload, flash ? Attention.FLASH : Attention.PLAIN);
  }

  @Override
  public double seconds(Workload workload) {
    return seconds(workload, attention(workload));
  }

  private double warmSeconds(Workload workload, Attention attention) {
    seconds(workload, attention);
    return seconds(workload, attention);
  }

  private double seconds(Workload workload, Attention attention) {
    ObjectNode order = JsonNodeFactory.instance.objectNode();
    order.put("kind", workload.kind().word());
    order.put("tokens", workload.tokens());
    order.put("flash", attention == Attention.FLASH);
    return process.ask(order).path("seconds").asDouble();
  }

  @Override
  public void close() {
    process.close();
  }
}
