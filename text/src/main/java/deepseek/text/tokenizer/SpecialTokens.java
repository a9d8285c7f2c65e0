package deepseek.text.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Texts of the tokens that have a role, by the names Hugging Face uses: {@code bos_token}, {@code
 * eos_token}, {@code pad_token}, {@code unk_token}, {@code cls_token}, {@code sep_token}, {@code
 * mask_token} and any other {@code *_token} a model adds. Chat templates see them as variables.
 */
public record SpecialTokens(Map<String, String> texts) {
  public static final SpecialTokens NONE = new SpecialTokens(Map.of());

  public SpecialTokens {
    texts = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
  }

  /** The text of {@code bos_token}, {@code pad_token}, … if the model has one. */
  public Optional<String> text(String role) {
    return Optional.ofNullable(texts.get(role));
  }

  /** These, and those of {@code fallback} for roles that have none here. */
  SpecialTokens orElse(SpecialTokens fallback) {
    Map<String, String> merged = new LinkedHashMap<>(fallback.texts);
    merged.putAll(texts);
    return new SpecialTokens(merged);
  }
}
