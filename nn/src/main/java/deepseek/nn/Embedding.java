package deepseek.nn;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import java.util.Optional;

/** Rows of a table [V, D] for ids [..] INT64: [.., D]. */
public final class Embedding extends Module {
  private final Weight weight;
  private final DType dtype;

  private Embedding(Weight weight, DType dtype) {
    this.weight = weight("weight", weight);
    this.dtype = dtype;
  }

  /** A table [rows, dim], {@code weight} in {@code p}. */
  public static Embedding of(Parameters p, long rows, long dim) {
    return new Embedding(p.weight("weight", rows, dim), p.dtype());
  }

  /** The table [V, D], which an output layer may share. */
  public Weight weight() {
    return weight;
  }

  /** The rows of ids INT64 [..]: [.., D]. */
  public Tensor forward(Tensor ids) {
    return weight.rows(ids, dtype);
  }

  /** The table as an output layer: [.., D] to logits [.., V] (tied embeddings). */
  public Tensor logits(Tensor x) {
    return weight.linear(x, Optional.empty());
  }
}
