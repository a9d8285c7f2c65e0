package deepseek.nn;

import deepseek.compute.Tensor;

/** Rows of a table [V, D] for ids [..] INT64: [.., D]. */
public final class Embedding extends Module {
  private final Tensor weight;

  private Embedding(Tensor weight) {
    this.weight = parameter("weight", weight);
  }

  public static Embedding of(Parameters p, long rows, long dim) {
    return new Embedding(p.get("weight", rows, dim));
  }

  public Tensor weight() {
    return weight;
  }

  public Tensor forward(Tensor ids) {
    return weight.embedding(ids);
  }

  /** The table as an output layer: [.., D] to logits [.., V] (tied embeddings). */
  public Tensor logits(Tensor x) {
    return x.linear(weight);
  }
}
