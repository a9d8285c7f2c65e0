package deepseek.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.bench.speed.PeerProcess;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** The peer: Hugging Face transformers in a Python process that waits for orders between runs. */
final class Transformers implements AutoCloseable {
  /** How it keeps keys and values. */
  enum Cache {
    DYNAMIC,
    STATIC;

    String word() {
      return this == DYNAMIC ? "dynamic" : "static";
    }
  }

  /** Seconds to the first token, seconds for the others, all of them. */
  record Run(double prefill, double decode, int[] ids) {}

  private final PeerProcess process;
  private final String versions;

  /** Loads a model folder with {@code threads} threads. */
  Transformers(String python, Path folder, int threads) {
    process =
        new PeerProcess(
            python,
            "transformers_decode.py",
            "torch and transformers",
            folder.toString(),
            Integer.toString(threads));
    versions = process.answer().path("ready").asText();
  }

  String versions() {
    return versions;
  }

  Run run(int[] prompt, int newTokens, Cache cache) {
    ObjectNode order = JsonNodeFactory.instance.objectNode();
    order.put("cache", cache.word()).put("new", newTokens);
    var ids = order.putArray("prompt");
    IntStream.of(prompt).forEach(ids::add);
    JsonNode result = process.ask(order);
    int[] out = new int[result.path("ids").size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = result.path("ids").get(i).asInt();
    }
    return new Run(result.path("prefill").asDouble(), result.path("decode").asDouble(), out);
  }

  @Override
  public void close() {
    process.close();
  }
}
