package deepseek.models.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.GgmlType;
import deepseek.compute.Tensor;
import deepseek.models.Mutations;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every number of a GGUF file's metadata and every tensor's shape, changed: docs/fuzzing.md. */
class GgufMutationTest {
  static final List<String> FILES =
      List.of(
          "llama",
          "llama-rope-llama3",
          "mixtral",
          "mixtral-single",
          "qwen2",
          "qwen2-moe",
          "qwen3",
          "qwen3-moe",
          "gemma3",
          "deepseek-moe",
          "deepseek-v2-lite",
          "deepseek-v3",
          "sentence-cls");

  /** Which of the changes {@code ./check} tries. */
  private static final int SAMPLE = 13;

  private static final Map<String, BiConsumer<GgufWriter, String>> VALUES =
      new TreeMap<>(
          Map.of(
              "0", (w, key) -> w.uint32(key, 0),
              "1", (w, key) -> w.uint32(key, 1),
              "3", (w, key) -> w.uint32(key, 3),
              "2^31", (w, key) -> w.uint32(key, 1L << 31),
              "-1.0", (w, key) -> w.float32(key, -1),
              "NaN", (w, key) -> w.float32(key, Float.NaN),
              "a text", (w, key) -> w.text(key, "text"),
              "true", (w, key) -> w.flag(key, true),
              "[]", (w, key) -> w.int32s(key),
              "[-1, 0]", (w, key) -> w.int32s(key, -1, 0)));

  private static final Map<String, Function<Tensor, Tensor>> SHAPES =
      new TreeMap<>(
          Map.of(
              "flat", t -> t.reshape(t.numel()),
              "with a dim before", t -> t.unsqueeze(0),
              "with a dim after", t -> t.unsqueeze(t.rank()),
              "without a row", t -> t.narrow(0, 1, t.size(0) - 1),
              "of one number alone", t -> t.reshape(t.numel()).narrow(0, 0, 1).reshape(),
              "without rows", t -> t.narrow(0, 0, 0),
              "transposed", t -> t.rank() < 2 ? t.mul(t) : t.transpose(0, 1)));

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("FILES")
  void someChangesGiveAResultOrOneLine(String name) {
    tryAll(name, new Mutations(SAMPLE));
  }

  @ParameterizedTest
  @FieldSource("FILES")
  @Tag("fuzz")
  void allChangesGiveAResultOrOneLine(String name) {
    tryAll(name, new Mutations(1));
  }

  private void tryAll(String name, Mutations mutations) {
    Set<String> keys;
    Set<String> tensors;
    try (GgufFile file = GgufFile.open(GgufCopy.original(name))) {
      keys = new TreeSet<>(file.metadata().keys());
      tensors = new TreeSet<>(file.names());
    }
    for (String key : keys) {
      attempt(mutations, name + ": no " + key, GgufCopy.of(name).without(key));
      VALUES.forEach(
          (value, write) ->
              attempt(
                  mutations,
                  name + ": " + key + " = " + value,
                  GgufCopy.of(name).with(key, w -> write.accept(w, key))));
    }
    for (String tensor : tensors) {
      attempt(
          mutations,
          name + ": no " + tensor,
          GgufCopy.of(name).tensor(tensor, t -> Optional.empty()));
      SHAPES.forEach(
          (shape, change) ->
              attempt(
                  mutations,
                  name + ": " + tensor + " " + shape,
                  GgufCopy.of(name).tensor(tensor, t -> Optional.of(change.apply(t)))));
    }
    assertThat(mutations.run()).isPositive();
    assertThat(mutations.faults()).isEmpty();
  }

  private void attempt(Mutations mutations, String change, GgufCopy copy) {
    mutations.attempt(
        change, () -> run(typed(copy, change).write(folder.resolve("x.gguf")), change));
  }

  /** By chance, weights are packed. */
  private static GgufCopy typed(GgufCopy copy, String change) {
    return change.hashCode() % 2 == 0 ? copy : copy.types(t -> Optional.of(GgmlType.Q8_0));
  }

  private static void run(Path file, String change) {
    if (change.startsWith("sentence")) {
      try (var encoder = SentenceEncoder.open(file)) {
        encoder.encode("a cat sleeps");
      }
    } else {
      GgufVariantsTest.run(file);
    }
  }
}
