package deepseek.models.bert;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.compute.Weight;
import deepseek.nn.Parameters;

/**
 * A checkpoint's parameters under the names of the bare encoder. Checkpoints saved with a head
 * prefix them by the family's name; the first ones call LayerNorm's parameters gamma and beta.
 * Matrices that ONNX files have transposed are copied, since kernels read whole rows.
 */
record PublishedNames(Parameters published, String prefix) implements Parameters {

  static PublishedNames of(Parameters published) {
    for (String prefix : new String[] {"bert.", "roberta."}) {
      if (published.contains(prefix + Bert.WORDS + ".weight")) {
        return new PublishedNames(published, prefix);
      }
    }
    return new PublishedNames(published, "");
  }

  /** Whether a published name is a head's, or a constant that older checkpoints carry along. */
  boolean isSpare(String published) {
    boolean inside =
        published.startsWith(prefix + "embeddings.") || published.startsWith(prefix + "encoder.");
    return !inside || published.endsWith("position_ids") || published.endsWith("token_type_ids");
  }

  private String publishedName(String name) {
    String modern = prefix + name;
    String old =
        modern
            .replace("LayerNorm.weight", "LayerNorm.gamma")
            .replace("LayerNorm.bias", "LayerNorm.beta");
    return published.contains(old) ? old : modern;
  }

  @Override
  public Tensor get(String name, long... shape) {
    return published.get(publishedName(name), shape);
  }

  @Override
  public Tensor get(String name, DType dtype, long... shape) {
    return published.get(publishedName(name), dtype, shape);
  }

  @Override
  public Weight weight(String name, long out, long in) {
    return switch (published.weight(publishedName(name), out, in)) {
      case Weight.Plain(Tensor t) when !t.isContiguous() -> new Weight.Plain(t.contiguous());
      case Weight weight -> weight;
    };
  }

  @Override
  public DType dtype() {
    return published.dtype();
  }

  @Override
  public boolean contains(String name) {
    return published.contains(publishedName(name));
  }

  @Override
  public boolean same(String name, String other) {
    return published.same(publishedName(name), publishedName(other));
  }
}
