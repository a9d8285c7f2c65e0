package deepseek.serve.guard;

import deepseek.models.encoder.TextClassifier;
import deepseek.serve.ServeException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses texts to which a classifier gives a label with at least a given score. Long texts are
 * looked at in pieces, since a classifier reads only its beginning of each.
 */
public final class ClassifierGuard implements Guard {
  /** Letters to a piece: a token is seldom shorter than two. */
  private static final int LETTERS_PER_TOKEN = 2;

  private final String name;
  private final Set<Direction> directions;
  private final TextClassifier classifier;
  private final int label;
  private final float least;

  /**
   * Takes ownership of {@code classifier}, except where this throws.
   *
   * @param label which of its labels is refused
   * @param least the score from which it is
   */
  public ClassifierGuard(
      String name,
      Set<Direction> directions,
      TextClassifier classifier,
      String label,
      double least) {
    this.name = name;
    this.directions = Set.copyOf(directions);
    this.classifier = classifier;
    this.label = classifier.labels().indexOf(label);
    this.least = (float) least;
    if (this.label < 0 || !(least > 0 && least <= 1)) {
      throw new ServeException(
          "set up the guard " + name,
          "one of the labels " + classifier.labels() + " and a score above 0 and up to 1",
          label + " and " + least,
          "choose others");
    }
  }

  /** The same, which closes {@code classifier} where it throws. */
  public static ClassifierGuard open(
      String name,
      Set<Direction> directions,
      TextClassifier classifier,
      String label,
      double least) {
    try {
      return new ClassifierGuard(name, directions, classifier, label, least);
    } catch (ServeException e) {
      classifier.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean watches(Direction direction) {
    return directions.contains(direction);
  }

  @Override
  public Optional<String> objection(String text) {
    int length = Math.max(1, classifier.maxTokens() * LETTERS_PER_TOKEN);
    for (int from = 0; from < text.length(); from += length) {
      String piece = piece(text, from, Math.min(text.length(), from + length));
      float score = classifier.scores(List.of(piece)).getFirst()[label];
      if (score >= least) {
        return Optional.of("%s %.3f".formatted(classifier.labels().get(label), score));
      }
    }
    return Optional.empty();
  }

  /** A tokenizer takes no halves of surrogate pairs. */
  private static String piece(String text, int from, int to) {
    int first = Character.isLowSurrogate(text.charAt(from)) && from > 0 ? from - 1 : from;
    int last = Character.isHighSurrogate(text.charAt(to - 1)) ? to - 1 : to;
    return text.substring(first, Math.max(first, last));
  }

  @Override
  public void close() {
    classifier.close();
  }
}
