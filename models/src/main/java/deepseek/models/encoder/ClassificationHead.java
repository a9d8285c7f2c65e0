package deepseek.models.encoder;

import deepseek.compute.Tensor;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import java.util.List;
import java.util.stream.Stream;

/**
 * Logits of labels from the first token's vector h: {@code W2 tanh(W1 h + b1) + b2}. [B, D] to [B,
 * C], in the type of its parameters, which it owns.
 */
public final class ClassificationHead extends Module {
  private static final String CLASS = "ForSequenceClassification";

  private final Linear dense;
  private final Linear output;

  private ClassificationHead(Linear dense, Linear output) {
    this.dense = child("dense", dense);
    this.output = child("output", output);
  }

  /**
   * Reads a head.
   *
   * @param dense name of the first layer in the checkpoint
   * @param output name of the second
   * @param dim D
   * @param labels C
   * @throws ModelException when the checkpoint has none, or its config's class is no classifier of
   *     whole texts
   */
  public static ClassificationHead of(
      ConfigJson config, Parameters checkpoint, String dense, String output, int dim, int labels) {
    List<String> classes = config.texts("architectures");
    boolean classifies = classes.isEmpty() || classes.stream().anyMatch(c -> c.endsWith(CLASS));
    boolean complete =
        Stream.of(dense, output).allMatch(name -> checkpoint.contains(name + ".weight"));
    if (!classifies || !complete) {
      throw new ModelException(
          "read " + config.source(),
          "a model with a classification head, '%s' and '%s' of a ...%s"
              .formatted(dense, output, CLASS),
          classes.isEmpty()
              ? "one without"
              : String.join(", ", classes) + (classifies ? " without them" : ""),
          "choose a classifier's safetensors; texts become vectors with AutoModel.encoder, or"
              + " deepseek embed");
    }
    return build(
        () ->
            new ClassificationHead(
                Linear.biased(checkpoint.at(dense), dim, dim),
                Linear.biased(checkpoint.at(output), dim, labels)));
  }

  /** First tokens' vectors [B, D] to logits [B, C]. */
  public Tensor forward(Tensor firstBD) {
    return RowByRow.of(firstBD, first -> output.forward(dense.forward(first).tanh()));
  }
}
