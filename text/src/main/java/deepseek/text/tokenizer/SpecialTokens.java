package deepseek.text.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Texts of the tokens that have a role, by their names at Hugging Face: {@code bos_token}, {@code
 * eos_token}, {@code pad_token}, {@code unk_token}, {@code cls_token}, {@code sep_token}, {@code
 * mask_token} and any other {@code *_token} that a model adds. Chat templates see them as
 * variables.
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

  /** These tokens, with {@code fallback} for missing roles. */
  SpecialTokens orElse(SpecialTokens fallback) {
    Map<String, String> merged = new LinkedHashMap<>(fallback.texts);
    merged.putAll(texts);
    return new SpecialTokens(merged);
  }
}
