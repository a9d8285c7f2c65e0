package deepseek.hub;

/** Receives the progress of a {@link ModelHub}'s downloads, on the downloading thread. */
@FunctionalInterface
public interface Progress {
  /** Ignores all events. */
  Progress SILENT = event -> {};

  /** Called for each event. */
  void report(Event event);

  /** An action that reports that another process is downloading the same file. */
  default Runnable waitingForAnother(String what) {
    return () -> report(new Waiting(what, "it is being downloaded already"));
  }

  /** Something that happened. */
  sealed interface Event {}

  /** The size of a download if the server doesn't state it. */
  long UNKNOWN_SIZE = -1;

  /** A download begins; {@code totalBytes} may be {@link #UNKNOWN_SIZE}. */
  record Started(String what, long totalBytes) implements Event {}

  /**
   * {@code doneBytes} have been received, including those of an earlier, interrupted download; the
   * total may have become known or have grown in the meantime.
   */
  record Advanced(String what, long doneBytes, long totalBytes) implements Event {}

  /** The download is complete and verified. */
  record Finished(String what) implements Event {}

  /**
   * The download is stalled: another process is downloading the same file, or a busy server is
   * retried.
   */
  record Waiting(String what, String why) implements Event {}

  /** One of several sources can't be used; the next one is tried. */
  record Skipped(ModelSource source, String why) implements Event {}
}
