package deepseek.models.generate;

/** Hears of a batch's answers as they come. */
@FunctionalInterface
public interface RowText {
  /** More of the answer to prompt {@code row}, counted from 0. */
  void accept(int row, String text);
}
