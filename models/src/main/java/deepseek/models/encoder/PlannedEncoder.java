package deepseek.models.encoder;

import deepseek.compute.TextPlan;
import deepseek.text.tokenizer.EncodedText;
import java.util.List;
import java.util.function.Function;

/**
 * An encoder as a plan of the CPU's kernels. Owns the plan; the weights stay the encoder's.
 *
 * @param rows a text as the plan's tables have it
 */
public record PlannedEncoder(TextPlan plan, Function<EncodedText, TextPlan.Text> rows)
    implements AutoCloseable {

  /** The last hidden states [tokens, D] of these texts' tokens, text after text. */
  public float[] run(List<EncodedText> texts) {
    return plan.run(texts.stream().map(rows).toList());
  }

  @Override
  public void close() {
    plan.close();
  }
}
