package deepseek.bench.load;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Texts of common words, which most tokenizers know as one token each. */
final class Words {
  private static final List<String> WORDS =
      List.of(
          "the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "on", "are", "with",
          "as", "they", "at", "be", "this", "have", "from", "or", "one", "had", "by", "word", "but",
          "not", "what", "all", "were", "we", "when", "your", "can", "said", "there", "use", "each",
          "which", "she", "do", "how", "their", "if", "will", "up", "other", "about", "out", "many",
          "then", "them", "these", "so", "some", "her", "would", "make", "like", "him", "into",
          "time", "has", "look", "two", "more", "write", "go", "see", "number", "no", "way",
          "could", "people", "my", "than", "first", "water", "been", "call", "who", "oil", "its",
          "now", "find", "long", "down", "day", "did", "get", "come", "made", "may", "part");

  private Words() {}

  static String text(SplittableRandom random, int words) {
    return IntStream.range(0, words)
        .mapToObj(i -> WORDS.get(random.nextInt(WORDS.size())))
        .collect(Collectors.joining(" "));
  }
}
