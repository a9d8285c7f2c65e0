package deepseek.models.encoder;

/**
 * What an encoder has run since it was opened.
 *
 * @param runs of the network
 * @param calls whose texts were in them; with several threads more than runs
 * @param texts all of them
 * @param tokens of these texts
 * @param rows that runs read: tokens and padding
 */
public record EncoderStatistics(long runs, long calls, long texts, long tokens, long rows) {
  /** The share of padding among the rows, 0 to 1; always 0 on the CPU's kernels. */
  public double paddingShare() {
    return rows == 0 ? 0 : (double) (rows - tokens) / rows;
  }

  /** Mean number of texts of a run. */
  public double textsPerRun() {
    return runs == 0 ? 0 : (double) texts / runs;
  }
}
