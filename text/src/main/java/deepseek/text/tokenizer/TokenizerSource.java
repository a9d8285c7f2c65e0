package deepseek.text.tokenizer;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The data from which a {@link Tokenizer} is created, whichever files it comes from.
 *
 * @param json the tokenizer for the native library; created again at each call, so that megabytes
 *     of text need not stay in memory
 * @param special texts of the tokens with a role
 * @param stopIds ids that end a generated text, in addition to {@code eos_token}
 * @param name names the origin in error messages
 */
record TokenizerSource(
    Supplier<TokenizerJson> json, SpecialTokens special, Set<Integer> stopIds, String name) {
  TokenizerSource {
    stopIds = new LinkedHashSet<>(stopIds);
  }

  TokenizerSource with(Letters letters) {
    return switch (letters) {
      case AS_WRITTEN -> this;
      case LOWER_CASE ->
          new TokenizerSource(() -> LowerCase.before(json.get(), name), special, stopIds, name);
    };
  }
}
