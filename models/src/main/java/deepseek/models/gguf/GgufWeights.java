package deepseek.models.gguf;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ModelException;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A GGUF file's tensors by their Hugging Face names. */
final class GgufWeights implements Weights {
  private static final String KEYS = ".attn_k_b.weight";
  private static final String VALUES = ".attn_v_b.weight";

  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final long heads;
  private final long keyHeads;
  private final Map<String, Source> sources = new LinkedHashMap<>();

  /** Where a tensor's values are. */
  private sealed interface Source {
    /** A tensor of the file. */
    record Whole(String name) implements Source {}

    /** A vector of the file, as a matrix of one row. */
    record Row(String name) implements Source {}

    /** One of the matrices of a tensor that stacks a layer's experts. */
    record Expert(String name, long index) implements Source {}

    /**
     * DeepSeek's up-projection of keys and values, which newer files split and turn: keys [H, R, K]
     * and values [H, V, R] of H heads, for [H (K + V), R].
     */
    record KeysAndValues(String keys, String values) implements Source {}
  }

  GgufWeights(GgufFile file, GgufArchitecture architecture, long heads, long keyHeads) {
    this.file = file;
    this.architecture = architecture;
    this.heads = heads;
    this.keyHeads = keyHeads;
    for (String name : file.names()) {
      if (!GgufArchitecture.SETTINGS.contains(name) && !name.endsWith(VALUES)) {
        add(name);
      }
    }
  }

  private void add(String name) {
    int end = name.lastIndexOf('.');
    String stem = end < 0 ? name : name.substring(0, end);
    String kind = name.substring(stem.length());
    String[] parts = stem.split("\\.", 3);
    if (parts.length < 3 || !parts[0].equals("blk")) {
      addWhole(architecture.names.outer().getOrDefault(stem, stem) + kind, name);
      return;
    }
    String layer = architecture.names.layers() + parts[1] + ".";
    if (name.endsWith(KEYS)) {
      String values = name.substring(0, name.length() - KEYS.length()) + VALUES;
      sources.put(layer + "self_attn.kv_b_proj.weight", new Source.KeysAndValues(name, values));
      return;
    }
    String inner = architecture.names.inLayer(parts[2], kind);
    if (!inner.contains(TensorNames.EXPERT)) {
      addWhole(layer + inner, name);
      return;
    }
    for (long i = 0; i < numExperts(name); i++) {
      String theirs = inner.replace(TensorNames.EXPERT, String.valueOf(i));
      sources.put(layer + theirs, new Source.Expert(name, i));
    }
  }

  private long numExperts(String name) {
    WeightInfo stack = file.info(name);
    // An empty tensor could claim any number of experts.
    if (stack.shape().size() != 3 || stack.byteSize() == 0) {
      throw new ModelException(
          "open '" + name + "'",
          "experts stacked as [E, out, in]",
          stack.shape().toString(),
          "convert the model again");
    }
    return stack.shape().getFirst();
  }

  private void addWhole(String theirs, String name) {
    boolean row = TensorNames.mayBeOneRow(theirs) && file.info(name).shape().size() == 1;
    sources.put(theirs, row ? new Source.Row(name) : new Source.Whole(name));
  }

  private Source source(String name) {
    Source source = sources.get(name);
    if (source == null) {
      throw Weights.missing("the GGUF file", name, sources.keySet());
    }
    return source;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(sources.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    return switch (source(name)) {
      case Source.Whole(String stored) -> file.info(stored).named(name);
      case Source.Row(String stored) -> {
        WeightInfo i = file.info(stored);
        List<Long> shape = List.of(1L, i.elements());
        yield new WeightInfo(name, i.storedType(), i.dtype(), shape, i.byteSize());
      }
      case Source.Expert(String stored, long index) -> {
        WeightInfo i = file.info(stored);
        long bytes = i.byteSize() / i.shape().getFirst();
        List<Long> shape = i.shape().subList(1, i.shape().size());
        yield new WeightInfo(name, i.storedType(), i.dtype(), shape, bytes);
      }
      case Source.KeysAndValues(String keys, String values) -> {
        WeightInfo k = file.info(keys);
        WeightInfo v = file.info(values);
        long rows = k.shape().getFirst() * (k.shape().getLast() + v.shape().get(1));
        yield new WeightInfo(
            name,
            k.storedType(),
            k.dtype(),
            List.of(rows, v.shape().getLast()),
            k.byteSize() + v.byteSize());
      }
    };
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return switch (source(name)) {
      case Source.Whole(String stored) -> whole(name, stored, dtype, device);
      case Source.Row(String stored) -> {
        try (Scope scope = Scope.open()) {
          yield scope.keep(file.load(stored, dtype, device).unsqueeze(0));
        }
      }
      case Source.Expert(String stored, long index) -> file.loadSlice(stored, index, dtype, device);
      case Source.KeysAndValues(String keys, String values) -> {
        try (Scope scope = Scope.open()) {
          Tensor k = file.load(keys, dtype, device).transpose(1, 2);
          Tensor v = file.load(values, dtype, device);
          yield scope.keep(Tensor.cat(List.of(k, v), 1).reshape(-1, v.size(2)));
        }
      }
    };
  }

  private Tensor whole(String name, String stored, DType dtype, Device device) {
    try (Scope scope = Scope.open()) {
      if (name.contains("norm.weight")) {
        return switch (architecture.normWeight) {
          case FACTOR -> scope.keep(file.load(stored, dtype, device));
          // In float32: near one, a narrower type has lost the distance from it.
          case ONE_ADDED -> scope.keep(oneLess(file.load(stored)).to(dtype).to(device));
        };
      }
      Tensor values = file.load(stored, dtype, device);
      long pairedHeads = pairedHeads(name);
      return scope.keep(pairedHeads == 0 ? values : split(values, pairedHeads));
    }
  }

  private static Tensor oneLess(Tensor values) {
    float[] numbers = values.toFloats();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] -= 1;
    }
    return Tensor.of(numbers, values.shape());
  }

  /** Heads whose rows the file has pair by pair; 0 where rows stand as they should. */
  private long pairedHeads(String name) {
    if (architecture.queryOrder != GgufArchitecture.QueryOrder.PAIRED) {
      return 0;
    }
    return name.contains("self_attn.q_proj")
        ? heads
        : name.contains("self_attn.k_proj") ? keyHeads : 0;
  }

  @Override
  public Optional<QTensor.Stored> stored(String name) {
    return switch (source(name)) {
      case Source.Whole(String stored) -> {
        long pairedHeads = pairedHeads(name);
        Optional<QTensor.Stored> whole = file.stored(stored);
        yield pairedHeads == 0 ? whole : whole.map(s -> s.inOrder(halves(s.out(), pairedHeads)));
      }
      case Source.Expert(String stored, long index) -> file.storedSlice(stored, index);
      case Source.Row(String stored) -> Optional.empty();
      case Source.KeysAndValues(String keys, String values) -> Optional.empty();
    };
  }

  /** Which row of the file is row n, as {@link #split} moves them. */
  private static long[] halves(long rows, long count) {
    long half = rows / count / 2;
    long[] order = new long[(int) rows];
    for (int row = 0; row < rows; row++) {
      long within = row % (2 * half);
      order[row] = row - within + 2 * (within % half) + within / half;
    }
    return order;
  }

  /** Rows that stand pair by pair, into first halves and then second halves of each head. */
  private static Tensor split(Tensor paired, long count) {
    long rows = paired.size(0);
    long columns = paired.numel() / rows;
    return paired
        .reshape(count, rows / count / 2, 2, columns)
        .transpose(1, 2)
        .reshape(paired.shape());
  }

  @Override
  public void prefetch(Collection<String> names) {
    file.prefetch(stored(names));
  }

  /** Experts share a tensor of the file, so that releasing one releases its neighbours too. */
  @Override
  public void release(Collection<String> names) {
    file.release(stored(names));
  }

  private Set<String> stored(Collection<String> names) {
    return names.stream()
        .flatMap(
            name ->
                switch (source(name)) {
                  case Source.Whole(String stored) -> Stream.of(stored);
                  case Source.Row(String stored) -> Stream.of(stored);
                  case Source.Expert(String stored, long index) -> Stream.of(stored);
                  case Source.KeysAndValues(String keys, String values) -> Stream.of(keys, values);
                })
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    file.close();
  }
}
