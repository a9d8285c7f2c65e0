package deepseek.text.tokenizer;

import deepseek.files.KeyValues;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which tokens of a GGUF file are control tokens, and which of those end a text. Many files mark
 * such tokens as normal ones or not at all, so they are recognised by their text, as in llama.cpp.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">its
 *     lists</a>
 */
final class ControlTokens {
  private static final String END = "<|end|>";
  private static final String SENTENCE_END = "</s>";

  private static final Set<String> ENDS =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          END,
          "<|return|>",
          "<|call|>",
          "<|flush|>",
          "<|calls|>",
          "<end_of_turn>",
          "<turn|>",
          "<|tool_response>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|end_of_turn|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          SENTENCE_END,
          "<eos>",
          "<｜end▁of▁sentence｜>",
          "<end_of_utterance>",
          "[e~[");

  /** The tokens of fill-in-the-middle prompts; those of the second map end a generated text. */
  private static final Map<String, List<String>> FILL =
      Map.of(
          "fim_pre_token_id",
          List.of(
              "<|fim_prefix|>",
              "<fim-prefix>",
              "<fim_prefix>",
              "<｜fim▁begin｜>",
              "<PRE>",
              "▁<PRE>",
              "<|code_prefix|>",
              "<|prefix|>"),
          "fim_suf_token_id",
          List.of(
              "<|fim_suffix|>",
              "<fim-suffix>",
              "<fim_suffix>",
              "<｜fim▁hole｜>",
              "<SUF>",
              "▁<SUF>",
              "<|code_suffix|>",
              "<|suffix|>"),
          "fim_mid_token_id",
          List.of(
              "<|fim_middle|>",
              "<fim-middle>",
              "<fim_middle>",
              "<｜fim▁end｜>",
              "<MID>",
              "▁<MID>",
              "<|code_middle|>",
              "<|middle|>"));

  private static final Map<String, List<String>> FILL_ENDS =
      Map.of(
          "fim_pad_token_id",
          List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
          "fim_rep_token_id",
          List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
          "fim_sep_token_id",
          List.of("<|file_sep|>"));

  private final KeyValues metadata;
  private final List<String> tokens;
  private final Vocabulary vocabulary;
  private final long[] types;
  private final Set<Integer> ends = new LinkedHashSet<>();

  /**
   * @param types of the tokens in the file
   * @param end the token that ends a text according to the file
   */
  ControlTokens(
      KeyValues metadata,
      List<String> tokens,
      Vocabulary vocabulary,
      long[] types,
      Optional<String> end) {
    this.metadata = metadata;
    this.tokens = tokens;
    this.vocabulary = vocabulary;
    this.types = types.clone();
    end.flatMap(text -> boxed(vocabulary.id(text))).ifPresent(ends::add);
    for (String key : List.of("eot_token_id", "eom_token_id")) {
      listed(key).ifPresent(ends::add);
    }
    for (Map.Entry<String, List<String>> role : FILL.entrySet()) {
      found(role);
    }
    for (Map.Entry<String, List<String>> role : FILL_ENDS.entrySet()) {
      found(role).ifPresent(ends::add);
    }
    for (String text : ENDS) {
      vocabulary
          .id(text)
          .ifPresent(
              id -> {
                ends.add(id);
                this.types[id] = TokenTable.CONTROL;
              });
    }
    takeBack();
  }

  /** The corrected type of each token. */
  long[] types() {
    return types.clone();
  }

  /** Tokens that end a text. */
  Set<Integer> ends() {
    return ends;
  }

  /**
   * Corrects exceptions: {@code <|end|>} ends only a part of an answer in models that call tools
   * with {@code <|call|>}, and Gemma's {@code </s>} is an HTML tag.
   */
  private void takeBack() {
    boolean called = has("<|call|>") || has("<|calls|>");
    if (called && (has("<|return|>") || has("<|flush|>"))) {
      vocabulary.id(END).ifPresent(ends::remove);
    }
    OptionalInt sentenceEnd = vocabulary.id(SENTENCE_END);
    if (sentenceEnd.isPresent() && has("<|tool_response>")) {
      ends.remove(sentenceEnd.getAsInt());
      types[sentenceEnd.getAsInt()] = TokenTable.NORMAL;
    }
  }

  private boolean has(String token) {
    return vocabulary.id(token).isPresent();
  }

  /** The id of a role in the file, or else the first token with a matching text. */
  private Optional<Integer> found(Map.Entry<String, List<String>> role) {
    Optional<Integer> listed = listed(role.getKey());
    if (listed.isPresent()) {
      return listed;
    }
    for (String text : role.getValue()) {
      OptionalInt id = vocabulary.id(text);
      if (id.isPresent()) {
        types[id.getAsInt()] = TokenTable.CONTROL;
        return boxed(id);
      }
    }
    return Optional.empty();
  }

  private static Optional<Integer> boxed(OptionalInt id) {
    return id.isPresent() ? Optional.of(id.getAsInt()) : Optional.empty();
  }

  private Optional<Integer> listed(String key) {
    long id = metadata.whole(GgufTokenizer.PREFIX + key).orElse(-1);
    return id >= 0 && id < tokens.size() ? Optional.of((int) id) : Optional.empty();
  }
}
