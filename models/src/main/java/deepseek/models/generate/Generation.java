package deepseek.models.generate;

/**
 * One answer.
 *
 * @param text without special tokens and stop strings
 * @param ids the answer's tokens, an ending one included
 */
public record Generation(
    String text, int[] promptIds, int[] ids, FinishReason finish, Timings timings) {}
