package deepseek.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** The peer: Hugging Face transformers in a Python process that waits for orders between runs. */
final class Transformers implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

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

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter orders;
  private final String versions;

  /** Loads a model folder with {@code threads} threads. */
  Transformers(String python, Path script, Path folder, int threads) {
    try {
      process =
          new ProcessBuilder(
                  python, script.toString(), folder.toString(), Integer.toString(threads))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the peer needs Python with torch and transformers: name it with --python, or leave the"
              + " peer out with --no-peer",
          e);
    }
    answers = process.inputReader(StandardCharsets.UTF_8);
    orders = process.outputWriter(StandardCharsets.UTF_8);
    versions = answer().path("ready").asText();
  }

  String versions() {
    return versions;
  }

  Run run(int[] prompt, int newTokens, Cache cache) {
    ObjectNode order = JSON.createObjectNode();
    order.put("cache", cache.word()).put("new", newTokens);
    var ids = order.putArray("prompt");
    IntStream.of(prompt).forEach(ids::add);
    try {
      orders.write(order + "\n");
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    JsonNode result = answer();
    int[] out = new int[result.path("ids").size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = result.path("ids").get(i).asInt();
    }
    return new Run(result.path("prefill").asDouble(), result.path("decode").asDouble(), out);
  }

  private JsonNode answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException(
            "the peer ended; run tools/bench/transformers_decode.py by hand to see why (it needs"
                + " torch and transformers), or leave the peer out with --no-peer");
      }
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the peer said something that is not JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
