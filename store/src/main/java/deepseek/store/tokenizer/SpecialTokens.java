package deepseek.store.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

  /** Reads the {@code *_token} entries of tokenizer_config.json or special_tokens_map.json. */
  static SpecialTokens of(ObjectNode config) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      JsonNode value = entry.getValue();
      JsonNode text = value.isObject() ? value.path("content") : value;
      if (entry.getKey().endsWith("_token") && text.isTextual()) {
        texts.put(entry.getKey(), text.textValue());
      }
    }
    return new SpecialTokens(texts);
  }

  /** These, and those of {@code fallback} for roles that have none here. */
  SpecialTokens orElse(SpecialTokens fallback) {
    Map<String, String> merged = new LinkedHashMap<>(fallback.texts);
    merged.putAll(texts);
    return new SpecialTokens(merged);
  }
}
