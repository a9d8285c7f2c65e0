package deepseek.cli;

import deepseek.hub.Progress;
import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows downloads on stderr: a moving bar on a terminal, otherwise a line when one begins. */
final class DownloadBar implements Progress, AutoCloseable {
  private static final int WIDTH = 78;
  private static final int REFRESH_MILLIS = 200;
  private static final int NAME_LENGTH = 28;

  private final PrintWriter err;
  private final boolean moving;
  private @Nullable ProgressBar bar;

  DownloadBar(Console console) {
    this.err = console.err();
    this.moving = console.isTerminal(Console.Stream.ERR);
  }

  @Override
  public void report(Event event) {
    switch (event) {
      case Started started -> start(started);
      case Advanced advanced -> advance(advanced);
      case Finished finished -> close();
      case Waiting waiting -> err.println("waiting for " + waiting.what() + ": " + waiting.why());
      case Skipped skipped -> skip(skipped);
    }
  }

  private void start(Started started) {
    close();
    if (moving) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(shortened(started.what()))
              .setInitialMax(started.totalBytes())
              .setUnit(" MB", 1_000_000)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(REFRESH_MILLIS)
              .setConsumer(new DelegatingProgressBarConsumer(this::redraw, WIDTH))
              .build();
    } else {
      err.println(
          started.what()
              + (started.totalBytes() < 0 ? "" : ", " + Sizes.text(started.totalBytes())));
    }
  }

  private void skip(Skipped skipped) {
    String operation = "fetch " + skipped.source() + ": ";
    String why = skipped.why();
    err.printf(
        "not from %s: %s%n",
        skipped.source(), why.startsWith(operation) ? why.substring(operation.length()) : why);
  }

  private void advance(Advanced advanced) {
    ProgressBar shown = bar;
    if (shown != null) {
      shown.maxHint(advanced.totalBytes());
      shown.stepTo(advanced.doneBytes());
    }
  }

  private void redraw(String line) {
    err.print("\r" + line);
    err.flush();
  }

  private static String shortened(String name) {
    return name.length() <= NAME_LENGTH
        ? name
        : "..." + name.substring(name.length() - NAME_LENGTH + 3);
  }

  /** Ends the bar that is shown, if any. */
  @Override
  public void close() {
    ProgressBar shown = bar;
    if (shown != null) {
      bar = null;
      shown.close();
      err.println();
    }
  }
}
