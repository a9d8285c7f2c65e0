package deepseek.models.gguf;

import deepseek.GgmlType;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.gguf.GgufFile;
import deepseek.store.gguf.GgufWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/** One of the golden GGUF files with something changed. */
public final class GgufCopy {
  private final String name;
  private final Set<String> dropped = new HashSet<>();
  private final List<Consumer<GgufWriter>> added = new ArrayList<>();
  private final Map<String, Function<Tensor, Optional<Tensor>>> changed = new HashMap<>();
  private Function<String, Optional<GgmlType>> types = tensor -> Optional.empty();

  private GgufCopy(String name) {
    this.name = name;
  }

  public static GgufCopy of(String name) {
    return new GgufCopy(name);
  }

  public static Path original(String name) {
    return Path.of("src/test/resources/gguf").resolve(name + ".gguf");
  }

  public GgufCopy without(String key) {
    dropped.add(key);
    return this;
  }

  /** Adds metadata or tensors. */
  public GgufCopy with(Consumer<GgufWriter> more) {
    added.add(more);
    return this;
  }

  /** Another value in place of a key's. */
  public GgufCopy with(String key, Consumer<GgufWriter> value) {
    return without(key).with(value);
  }

  /** Writes what {@code change} makes of a tensor, or leaves it out. */
  public GgufCopy tensor(String tensor, Function<Tensor, Optional<Tensor>> change) {
    changed.put(tensor, change);
    return this;
  }

  /** Other types of tensors, where rows fit their blocks. */
  public GgufCopy types(Function<String, Optional<GgmlType>> newTypes) {
    types = newTypes;
    return this;
  }

  private static boolean fits(Tensor values, GgmlType type) {
    return values.rank() > 0
        && values.size(values.rank() - 1) % type.blockSize() == 0
        && (type.blockSize() == 1 || values.rank() > 1);
  }

  public Path write(Path to) {
    try (GgufFile file = GgufFile.open(original(name));
        Scope scope = Scope.open()) {
      GgufWriter writer = GgufWriter.withMetadataOf(file, dropped);
      for (String tensor : new TreeSet<>(file.names())) {
        GgmlType stored = GgmlType.valueOf(file.info(tensor).storedType());
        changed
            .getOrDefault(tensor, Optional::of)
            .apply(file.load(tensor))
            .ifPresent(
                values ->
                    writer.tensor(
                        tensor,
                        values,
                        types.apply(tensor).filter(t -> fits(values, t)).orElse(stored)));
      }
      added.forEach(more -> more.accept(writer));
      writer.write(to);
    }
    return to;
  }
}
