package deepseek.hub;

/** Hears what a {@link ModelHub} does while it fetches; called from the fetching thread only. */
@FunctionalInterface
public interface Progress {
  /** Hears nothing. */
  Progress SILENT = event -> {};

  void report(Event event);

  /** Reports, as often as it is run, that another process downloads the same. */
  default Runnable waitingForAnother(String what) {
    return () -> report(new Waiting(what, "it is being downloaded already"));
  }

  /** Something that happened. */
  sealed interface Event {}

  /** Size of a download that its server did not tell. */
  long UNKNOWN_SIZE = -1;

  /** A download begins; {@code totalBytes} may be {@link #UNKNOWN_SIZE}. */
  record Started(String what, long totalBytes) implements Event {}

  /**
   * {@code doneBytes} of it are here, those of an earlier, interrupted try included; the total may
   * be known, or have grown, only since.
   */
  record Advanced(String what, long doneBytes, long totalBytes) implements Event {}

  /** It is complete and checked. */
  record Finished(String what) implements Event {}

  /** Nothing moves for now: another process downloads the same, or a busy server is retried. */
  record Waiting(String what, String why) implements Event {}

  /** One of several sources could not be used; the next one is tried. */
  record Skipped(ModelSource source, String why) implements Event {}
}
