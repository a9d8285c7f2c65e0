package deepseek.text.tokenizer;

import deepseek.text.tokenizer.PromptText.Range;
import deepseek.text.tokenizer.TokenizerJson.AddedToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds the texts of special tokens in a prompt. */
final class SpecialTexts {
  private final Set<String> texts = new HashSet<>();

  /** Lengths of the texts that begin with a character, longest first. */
  private final Map<Character, Set<Integer>> lengths = new HashMap<>();

  private final boolean normalized;

  SpecialTexts(List<AddedToken> tokens) {
    boolean found = false;
    for (AddedToken token : tokens) {
      String text = token.content();
      if (token.special() && !text.isEmpty()) {
        texts.add(text);
        lengths
            .computeIfAbsent(text.charAt(0), c -> new TreeSet<>((a, b) -> b - a))
            .add(text.length());
        found |= token.normalized();
      }
    }
    normalized = found;
  }

  /** Whether a text may hold tokens that are found only after normalisation, so not by this. */
  boolean seesAll() {
    return !normalized;
  }

  /**
   * Where special tokens stand in a prompt.
   *
   * @param written those that its program wrote, from front to back, without overlap
   * @param mere texts of those that are mere characters
   */
  record Found(List<Range> written, Set<String> mere) {}

  /** Of tokens that begin at one place the longest counts, as in the tokenizers library. */
  Found in(PromptText prompt) {
    List<Range> written = new ArrayList<>();
    Set<String> mere = new HashSet<>();
    String text = prompt.text();
    int firstPlain = 0;
    for (int at = 0; at < text.length(); ) {
      while (firstPlain < prompt.plain().size() && prompt.plain().get(firstPlain).to() <= at) {
        firstPlain++;
      }
      int plain =
          firstPlain < prompt.plain().size()
              ? prompt.plain().get(firstPlain).from()
              : text.length();
      int next = at + 1;
      for (int length : lengths.getOrDefault(text.charAt(at), Set.of())) {
        int end = at + length;
        if (end > text.length() || !texts.contains(text.substring(at, end))) {
          continue;
        }
        if (end <= plain) {
          written.add(new Range(at, end));
          next = end;
          break;
        }
        mere.add(text.substring(at, end));
      }
      at = next;
    }
    return new Found(written, mere);
  }
}
