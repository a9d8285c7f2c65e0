package deepseek.hub;

import deepseek.files.Secrets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Optional;

/** Tries again what failed for a passing reason, with a pause that doubles each time. */
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

  /** A failure that may pass: a busy server, a broken transfer. */
  static final class Passing extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient Optional<Duration> wait;

    Passing(String message, Optional<Duration> wait) {
      super(message);
      this.wait = wait;
    }
  }

  /** Something to try. */
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

  /** Something moved, so the next failure is a first one again. */
  void succeeded() {
    failures = 0;
  }

  /** Waits before the next try, or throws the failure when there is no point in one. */
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
