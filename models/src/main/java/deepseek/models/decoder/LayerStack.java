package deepseek.models.decoder;

import deepseek.compute.PlanBuilder;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.ModelException;
import deepseek.nn.Block;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A decoder's layers, built when first used. Within a memory budget the first layers stay and the
 * others come and go: while one runs, the next is being read, and the last is given back.
 */
final class LayerStack extends Module {
  private static final String PREFIX = "model.layers.";

  private final Architecture architecture;
  private final Parameters parameters;
  private final Residency residency;
  private final List<Optional<Block>> layers = new ArrayList<>();
  private final int numPinned;

  LayerStack(Architecture architecture, Parameters parameters, Residency residency) {
    this.architecture = architecture;
    this.parameters = parameters;
    this.residency = residency;
    int count = architecture.config().numHiddenLayers();
    requireLayer(count - 1);
    for (int i = 0; i < count; i++) {
      layers.add(Optional.empty());
    }
    this.numPinned = residency.budget().isEmpty() ? count : pinned(count);
  }

  /** A config that claims more layers than there are must not make us prepare for them. */
  private void requireLayer(int index) {
    if (!parameters.contains(name(index) + "input_layernorm.weight")) {
      throw new ModelException(
          "open the decoder",
          "weights of " + (index + 1) + " layers, as num_hidden_layers says",
          "none named " + name(index) + "*",
          "use config and weights of one model");
    }
  }

  /** Layers that fit for good next to the rest of the model and two that come and go. */
  private int pinned(int count) {
    long budget = residency.budget().getAsLong();
    long[] bytes = new long[count];
    long all = 0;
    long largest = 0;
    for (int i = 0; i < count; i++) {
      bytes[i] = residency.bytes(name(i));
      all += bytes[i];
      largest = Math.max(largest, bytes[i]);
    }
    long rest = residency.bytes("") - all;
    if (rest + all <= budget) {
      return count;
    }
    long room = budget - rest - 2 * largest;
    if (room < 0) {
      throw new ModelException(
          "fit the memory budget",
          "at least " + (rest + 2 * largest) + " bytes (embeddings and two layers)",
          budget + " bytes",
          "raise the budget or choose a smaller dtype");
    }
    int pinned = 0;
    while (pinned < count && bytes[pinned] <= room) {
      room -= bytes[pinned++];
    }
    return pinned;
  }

  private static String name(int index) {
    return PREFIX + index + ".";
  }

  Tensor forward(Tensor embedded, Step step) {
    Tensor x = embedded;
    for (int i = 0; i < layers.size(); i++) {
      int next = (i + 1) % layers.size();
      if (next >= numPinned) {
        residency.prefetch(name(next));
      }
      Block block = layer(i);
      Tensor y;
      try (var scope = Scope.open()) {
        y = scope.keep(block.forward(x, step, step.layer(i)));
      }
      if (i > 0) {
        x.close();
      }
      x = y;
      if (i >= numPinned) {
        drop(i);
      }
    }
    return x;
  }

  private Block layer(int index) {
    Optional<Block> built = layers.get(index);
    if (built.isPresent()) {
      return built.get();
    }
    Block block = build(() -> architecture.block(parameters.at(PREFIX + index), index));
    layers.set(index, Optional.of(child(String.valueOf(index), block)));
    return block;
  }

  private void drop(int index) {
    layers.set(index, Optional.empty());
    dropChild(String.valueOf(index));
    residency.release(name(index));
  }

  /** Plans all layers, which change x in place. */
  void plan(PlanBuilder plan, PlanBuilder.Values x) {
    for (int i = 0; i < layers.size(); i++) {
      int mark = plan.mark();
      layer(i).plan(plan, x);
      plan.reuse(mark);
    }
  }

  /** Whether layers come and go. */
  boolean isBudgeted() {
    return numPinned < layers.size();
  }

  /** Builds every layer, so that {@link #parameters} has them all. */
  void buildAll() {
    for (int i = 0; i < layers.size(); i++) {
      layer(i);
    }
  }

  KvCache newCache(int capacity) {
    return new KvCache(layers.size(), capacity);
  }
}
