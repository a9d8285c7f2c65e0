package deepseek.models.generate;

/**
 * How likely a model finds a text after another.
 *
 * @param ids the tokens scored
 * @param logProbabilities of each, natural logarithms, given all before it
 * @param likeliest whether each was the likeliest of the vocabulary, as a greedy answer takes it
 */
public record Score(int[] ids, float[] logProbabilities, boolean likeliest) {
  /** The logarithm of the whole text's probability. */
  public double total() {
    double sum = 0;
    for (float one : logProbabilities) {
      sum += one;
    }
    return sum;
  }

  /** The mean over the tokens, which compares texts of different lengths. */
  public double perToken() {
    return total() / ids.length;
  }
}
