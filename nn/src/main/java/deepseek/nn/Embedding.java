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

  public static Embedding of(Parameters p, long rows, long dim) {
    return new Embedding(p.weight("weight", rows, dim), p.dtype());
  }

  public Weight weight() {
    return weight;
  }

  public Tensor forward(Tensor ids) {
    return weight.rows(ids, dtype);
  }

  /** The table as an output layer: [.., D] to logits [.., V] (tied embeddings). */
  public Tensor logits(Tensor x) {
    return weight.linear(x, Optional.empty());
  }
}
