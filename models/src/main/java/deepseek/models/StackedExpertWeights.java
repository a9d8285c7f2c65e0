package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A mixture's experts by their own names where a checkpoint stacks those of a layer, as newer
 * versions of transformers have them in memory: {@code experts.gate_up_proj} [E, 2 F, D], the
 * gate's rows before the up-projection's, and {@code experts.down_proj} [E, D, F]. Experts are
 * views of the stack; only one of another type is copied, and it alone.
 */
final class StackedExpertWeights implements Weights {
  private static final Pattern STACK =
      Pattern.compile("(.*\\.experts)\\.(gate_up_proj|down_proj)(_scale_inv)?");

  private final Weights stacked;
  private final Map<String, Slice> slices = new LinkedHashMap<>();

  /** The part of a stored tensor that holds a tensor of this name. */
  private sealed interface Slice {
    String stored();

    /** A tensor of the checkpoint. */
    record Whole(String stored) implements Slice {}

    /** Rows of one expert's matrix in a stack. */
    record Rows(String stored, long expert, long first, long count) implements Slice {}
  }

  /** What a family calls the module and an expert's matrices. */
  private record Names(String module, String gate, String up, String down) {
    static final Names USUAL = new Names(".mlp.", "gate_proj", "up_proj", "down_proj");
    static final Names MIXTRAL = new Names(".block_sparse_moe.", "w1", "w3", "w2");
  }

  private StackedExpertWeights(Names names, Weights stacked) {
    this.stacked = stacked;
    for (String name : stacked.names()) {
      String theirs = name.replace(Names.USUAL.module(), names.module());
      Matcher stack = STACK.matcher(theirs);
      if (stack.matches()) {
        addExperts(name, stack, names);
      } else {
        slices.put(theirs, new Slice.Whole(name));
      }
    }
  }

  /** {@code stored} itself where nothing is stacked. Closing closes it. */
  static Weights of(ConfigJson config, Weights stored) {
    if (stored.names().stream().noneMatch(name -> STACK.matcher(name).matches())) {
      return stored;
    }
    boolean mixtral = config.text("model_type").equals("mixtral");
    return new StackedExpertWeights(mixtral ? Names.MIXTRAL : Names.USUAL, stored);
  }

  private void addExperts(String name, Matcher stack, Names names) {
    boolean down = stack.group(2).equals("down_proj");
    WeightInfo info = stacked.info(name);
    requireStack(info, down ? 1 : 2);
    String kind = ".weight" + (stack.group(3) == null ? "" : stack.group(3));
    long rows = info.shape().get(1);
    for (long e = 0; e < info.shape().getFirst(); e++) {
      String expert = stack.group(1) + "." + e + ".";
      if (down) {
        slices.put(expert + names.down() + kind, new Slice.Rows(name, e, 0, rows));
      } else {
        slices.put(expert + names.gate() + kind, new Slice.Rows(name, e, 0, rows / 2));
        slices.put(expert + names.up() + kind, new Slice.Rows(name, e, rows / 2, rows / 2));
      }
    }
  }

  private static void requireStack(WeightInfo info, int matrices) {
    List<Long> shape = info.shape();
    // An empty stack could claim any number of experts.
    if (shape.size() != 3 || shape.get(1) % matrices != 0 || info.byteSize() == 0) {
      throw new ModelException(
          "open '" + info.name() + "'",
          matrices == 1 ? "experts stacked as [E, D, F]" : "experts stacked as [E, 2 F, D]",
          shape.toString(),
          "use config and weights of one model, or save it with an expert a tensor");
    }
  }

  private Slice slice(String name) {
    Slice slice = slices.get(name);
    if (slice == null) {
      throw Weights.missing("the checkpoint", name, slices.keySet());
    }
    return slice;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(slices.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    Slice slice = slice(name);
    WeightInfo i = stacked.info(slice.stored());
    return switch (slice) {
      case Slice.Whole whole -> i.named(name);
      case Slice.Rows rows -> {
        List<Long> shape = List.of(rows.count(), i.shape().get(2));
        long bytes = i.byteSize() / i.shape().getFirst() * rows.count() / i.shape().get(1);
        yield new WeightInfo(name, i.storedType(), i.dtype(), shape, bytes);
      }
    };
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return switch (slice(name)) {
      case Slice.Whole(String stored) -> stacked.load(stored, dtype, device);
      case Slice.Rows(String stored, long expert, long first, long count) -> {
        try (Scope scope = Scope.open()) {
          Tensor matrix = stacked.load(stored).select(0, expert).narrow(0, first, count);
          yield scope.keep(matrix.to(dtype).to(device));
        }
      }
    };
  }

  @Override
  public void prefetch(Collection<String> names) {
    stacked.prefetch(stored(names));
  }

  /** Releasing one expert releases its neighbours too. */
  @Override
  public void release(Collection<String> names) {
    stacked.release(stored(names));
  }

  private Set<String> stored(Collection<String> names) {
    return names.stream().map(name -> slice(name).stored()).collect(Collectors.toSet());
  }

  @Override
  public void close() {
    stacked.close();
  }
}
