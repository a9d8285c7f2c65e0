package deepseek.models.decoder;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tensors that a decoder's checkpoint may have and its layers don't take: a head that was found to
 * be the embedding table, constants that older programs stored, layers that predict further tokens,
 * and the towers of a multimodal model.
 *
 * @param numLayers layers that the decoder runs
 * @param contains whether the checkpoint has a tensor of this name
 */
record SpareTensors(int numLayers, Predicate<String> contains) implements Predicate<String> {
  private static final Pattern CONSTANTS =
      Pattern.compile(
          ".*(\\.rotary_emb\\.inv_freq|\\.attn_rot_embd(\\.\\w+)?|\\.masked_bias|\\.position_ids)");
  private static final Pattern LAYER = Pattern.compile("(?:model\\.layers|blk)\\.(\\d{1,9})\\..*");

  /** What joins the next token's embedding to a hidden state, in layer %s. */
  private static final List<String> JOINTS =
      List.of("model.layers.%s.eh_proj.weight", "blk.%s.nextn.eh_proj.weight");

  /** Whole parts; the last two are those of GGUF files. */
  private static final List<String> PARTS =
      List.of(
          "mtp.",
          "vision_tower.",
          "multi_modal_projector.",
          "model.vision_tower.",
          "model.multi_modal_projector.",
          "v.",
          "mm.");

  @Override
  public boolean test(String name) {
    return name.equals("lm_head.weight")
        || PARTS.stream().anyMatch(name::startsWith)
        || CONSTANTS.matcher(name).matches()
        || isOfFurtherTokens(name);
  }

  private boolean isOfFurtherTokens(String name) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches()
        && Integer.parseInt(layer.group(1)) >= numLayers
        && JOINTS.stream().anyMatch(joint -> contains.test(joint.formatted(layer.group(1))));
  }
}
