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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A GGUF file's tensors by their Hugging Face names. */
final class GgufWeights implements Weights {
  private static final String KEYS = ".attn_k_b.weight";
  private static final String VALUES = ".attn_v_b.weight";
  private static final Pattern PART = Pattern.compile("(blk\\.\\d+\\.(\\w+))\\.(weight|bias)");

  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final long heads;
  private final long keyHeads;
  private final Map<String, Derivation> derivations = new LinkedHashMap<>();

  /** How a tensor is derived from those of the file. */
  private sealed interface Derivation {
    /** A tensor of the file. */
    record Whole(String name) implements Derivation {}

    /** A vector of the file, as a matrix of one row. */
    record Row(String name) implements Derivation {}

    /** One of the matrices of a tensor that stacks a layer's experts. */
    record Expert(String name, long index) implements Derivation {}

    /**
     * DeepSeek's up-projection of keys and values, which newer files split and transpose: keys [H,
     * R, K] and values [H, V, R] of H heads, for [H (K + V), R].
     */
    record KeysAndValues(String keys, String values) implements Derivation {}

    /** A bias that the file lacks although others of its layers have one. */
    record NoBias(long size) implements Derivation {}
  }

  GgufWeights(GgufFile file, GgufArchitecture architecture, long heads, long keyHeads) {
    this.file = file;
    this.architecture = architecture;
    this.heads = heads;
    this.keyHeads = keyHeads;
    for (String name : file.names()) {
      boolean setting = name.equals(GgufRope.DIVISORS) && architecture.takesRopeDivisors();
      if (!setting && !isSecondHalf(name)) {
        add(name);
      }
    }
    fillBiases(architecture.attentionBiases());
    fillBiases(architecture.mlpBiases());
  }

  private boolean isFirstHalf(String name) {
    return architecture.names.hasLatents() && name.endsWith(KEYS);
  }

  private boolean isSecondHalf(String name) {
    return architecture.names.hasLatents()
        && name.endsWith(VALUES)
        && file.names().contains(name.substring(0, name.length() - VALUES.length()) + KEYS);
  }

  /** Where one of these parts has a bias in some layer, each has one in all: perhaps of zeros. */
  private void fillBiases(List<String> parts) {
    if (!hasBias(file.names(), parts)) {
      return;
    }
    for (String name : file.names()) {
      Matcher part = PART.matcher(name);
      if (part.matches() && parts.contains(part.group(2)) && part.group(3).equals("weight")) {
        long size = file.info(name).shape().stream().findFirst().orElse(0L);
        derivations.putIfAbsent(theirName(part.group(1), ".bias"), new Derivation.NoBias(size));
      }
    }
  }

  /** Whether a layer has a bias of one of these parts. */
  static boolean hasBias(Set<String> names, List<String> parts) {
    return names.stream()
        .map(PART::matcher)
        .anyMatch(p -> p.matches() && parts.contains(p.group(2)) && p.group(3).equals("bias"));
  }

  private void add(String name) {
    int end = name.lastIndexOf('.');
    String stem = end < 0 ? name : name.substring(0, end);
    String kind = name.substring(stem.length());
    if (isFirstHalf(name)) {
      String values = name.substring(0, name.length() - KEYS.length()) + VALUES;
      requireTransposed(name, values);
      put(
          theirName(stem.replace("attn_k_b", "attn_kv_b"), kind),
          new Derivation.KeysAndValues(name, values));
      return;
    }
    String theirs = theirName(stem, kind);
    if (!theirs.contains(TensorNames.EXPERT)) {
      addWhole(theirs, name);
      return;
    }
    for (long i = 0; i < numExperts(name); i++) {
      put(theirs.replace(TensorNames.EXPERT, String.valueOf(i)), new Derivation.Expert(name, i));
    }
  }

  /** A tensor that Hugging Face has no name for keeps its own. */
  private String theirName(String stem, String kind) {
    String[] parts = stem.split("\\.", 3);
    if (parts.length < 3 || !parts[0].equals("blk")) {
      return architecture.names.outer().getOrDefault(stem, stem) + kind;
    }
    return architecture
        .names
        .inLayer(parts[2], kind)
        .map(inner -> architecture.names.layers() + parts[1] + "." + inner)
        .orElse(stem + kind);
  }

  private void put(String theirs, Derivation derivation) {
    if (derivations.put(theirs, derivation) != null) {
      throw new ModelException(
          "open the GGUF file",
          "one tensor for each parameter",
          "two for '" + theirs + "'",
          "convert the model again");
    }
  }

  private void requireTransposed(String keys, String values) {
    WeightInfo k = file.info(keys);
    WeightInfo v = file.info(values);
    boolean fits =
        k.shape().size() == 3
            && v.shape().size() == 3
            && k.elements() > 0
            && k.shape().get(0).equals(v.shape().get(0))
            && k.shape().get(1).equals(v.shape().get(2));
    if (!fits) {
      throw new ModelException(
          "open '" + keys + "'",
          "keys [heads, rank, K] and values [heads, V, rank]",
          k.shape() + " and " + v.shape(),
          "convert the model again");
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
    put(theirs, row ? new Derivation.Row(name) : new Derivation.Whole(name));
  }

  private Derivation derivation(String name) {
    Derivation derivation = derivations.get(name);
    if (derivation == null) {
      throw Weights.missing("the GGUF file", name, derivations.keySet());
    }
    return derivation;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(derivations.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    return switch (derivation(name)) {
      case Derivation.Whole(String stored) -> file.info(stored).named(name);
      case Derivation.Row(String stored) -> {
        WeightInfo i = file.info(stored);
        List<Long> shape = List.of(1L, i.elements());
        yield new WeightInfo(name, i.storedType(), i.dtype(), shape, i.byteSize());
      }
      case Derivation.Expert(String stored, long index) -> {
        WeightInfo i = file.info(stored);
        long bytes = i.byteSize() / i.shape().getFirst();
        List<Long> shape = i.shape().subList(1, i.shape().size());
        yield new WeightInfo(name, i.storedType(), i.dtype(), shape, bytes);
      }
      case Derivation.KeysAndValues(String keys, String values) -> {
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
      case Derivation.NoBias(long size) ->
          new WeightInfo(name, "F32", DType.FLOAT32, List.of(size), 0);
    };
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return switch (derivation(name)) {
      case Derivation.Whole(String stored) -> whole(name, stored, dtype, device);
      case Derivation.Row(String stored) -> {
        try (Scope scope = Scope.open()) {
          yield scope.keep(file.load(stored, dtype, device).unsqueeze(0));
        }
      }
      case Derivation.Expert(String stored, long index) ->
          file.loadSlice(stored, index, dtype, device);
      case Derivation.KeysAndValues(String keys, String values) -> {
        try (Scope scope = Scope.open()) {
          Tensor k = file.load(keys, dtype, device).transpose(1, 2);
          Tensor v = file.load(values, dtype, device);
          yield scope.keep(Tensor.cat(List.of(k, v), 1).reshape(-1, v.size(2)));
        }
      }
      case Derivation.NoBias(long size) -> Tensor.zeros(dtype, device, size);
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
      long pairedHeads = pairedHeads(name);
      Tensor values = file.load(stored, dtype, device);
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

  /** Heads whose rows the file interleaves; 0 where they are in order. */
  private long pairedHeads(String name) {
    if (architecture.queryOrder != GgufArchitecture.QueryOrder.PAIRED) {
      return 0;
    }
    long count =
        name.contains("self_attn.q_proj")
            ? heads
            : name.contains("self_attn.k_proj") ? keyHeads : 0;
    if (count > 0) {
      requirePairs(name, count);
    }
    return count;
  }

  private void requirePairs(String name, long count) {
    List<Long> shape = info(name).shape();
    if (shape.isEmpty() || shape.getFirst() == 0 || shape.getFirst() % (2 * count) != 0) {
      throw new ModelException(
          "load '" + name + "'",
          "rows of " + count + " heads, pair by pair",
          "shape " + shape,
          "use weights and metadata of one model");
    }
  }

  @Override
  public Optional<QTensor.GgmlMatrix> stored(String name) {
    return switch (derivation(name)) {
      case Derivation.Whole(String stored) -> {
        long pairedHeads = pairedHeads(name);
        Optional<QTensor.GgmlMatrix> whole = file.stored(stored);
        yield pairedHeads == 0 ? whole : whole.map(s -> s.inOrder(halves(s.out(), pairedHeads)));
      }
      case Derivation.Expert(String stored, long index) -> file.storedSlice(stored, index);
      case Derivation.Row(String stored) -> Optional.empty();
      case Derivation.KeysAndValues(String keys, String values) -> Optional.empty();
      case Derivation.NoBias(long size) -> Optional.empty();
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

  /** Interleaved rows, put into first halves and then second halves of each head. */
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
                switch (derivation(name)) {
                  case Derivation.Whole(String stored) -> Stream.of(stored);
                  case Derivation.Row(String stored) -> Stream.of(stored);
                  case Derivation.Expert(String stored, long index) -> Stream.of(stored);
                  case Derivation.KeysAndValues(String keys, String values) ->
                      Stream.of(keys, values);
                  case Derivation.NoBias(long size) -> Stream.of();
                })
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    file.close();
  }
}
