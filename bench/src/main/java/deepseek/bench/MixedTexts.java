package deepseek.bench;

import deepseek.text.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts as a search index gets them: most are sentences, some are paragraphs. */
final class MixedTexts {
  private static final int SHORTEST = 6;

  private MixedTexts() {}

  /**
   * Always the same ones.
   *
   * @param count of texts
   * @param median tokens; lengths are log-normal around it
   * @param longest tokens of a text
   */
  static List<String> of(int count, int median, int longest, Tokenizer tokenizer) {
    Random random = new Random(42);
    String[] words = Prompts.text().split("\\s+");
    List<String> texts = new ArrayList<>();
    while (texts.size() < count) {
      double wanted = median * Math.exp(0.8 * random.nextGaussian());
      int tokens = (int) Math.clamp(wanted, SHORTEST, longest);
      StringBuilder text = new StringBuilder();
      for (int at = random.nextInt(words.length); ; at++) {
        String longer = text + (text.isEmpty() ? "" : " ") + words[at % words.length];
        if (!text.isEmpty() && tokenizer.encode(longer).length > tokens) {
          break;
        }
        text = new StringBuilder(longer);
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
