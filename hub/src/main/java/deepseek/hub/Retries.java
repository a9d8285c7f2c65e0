package deepseek.hub;

import deepseek.files.Secrets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Optional;

/** Retries after transient failures, with exponential backoff. */
final class Retries {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final HubOptions.Patience patience;
  private final Progress progress;
  private final String what;
  private int failures;

  Retries(String what, HubOptions.Patience patience, Progress progress) {
    this.what = what;
    this.patience = patience;
    this.progress = progress;
  }

  /** A transient failure: a busy server, a broken transfer. */
  static final class Passing extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient Optional<Duration> wait;

    Passing(String message, Optional<Duration> wait) {
      super(message);
      this.wait = wait;
    }
  }

  /** An action to retry. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  <T> T call(Attempt<T> attempt) throws IOException {
    while (true) {
      try {
        return attempt.run();
      } catch (IOException e) {
        pauseOrGiveUp(e);
      }
    }
  }

  /** Resets the count of failures after progress. */
  void succeeded() {
    failures = 0;
  }

  /**
   * Waits before the next attempt, or throws the failure if it isn't transient or there were too
   * many.
   */
  void pauseOrGiveUp(IOException e) throws IOException {
    boolean hopeless =
        e instanceof Web.Unreachable
            || e instanceof InterruptedIOException
            || e instanceof FileSystemException
            || DiskSpace.ranOut(e);
    if (hopeless || failures >= patience.retries()) {
      throw e;
    }
    Duration pause = patience.backoff().multipliedBy(1L << Math.min(failures, 16));
    if (e instanceof Passing passing && passing.wait.isPresent()) {
      pause = passing.wait.get();
    }
    failures++;
    Duration bounded = pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    progress.report(
        new Progress.Waiting(
            what,
            Secrets.masked(e.getMessage() + "; try " + failures + " of " + patience.retries())));
    try {
      Thread.sleep(bounded);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }
}
