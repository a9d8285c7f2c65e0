package deepseek.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Wall time of {@code ./deepseek run} from its start to the first byte of the answer. */
@Command(name = "first-token", description = "Seconds from ./deepseek run to its first text.")
final class FirstTokenCommand implements Runnable {
  @Mixin private Setup setup;

  @Option(names = "--prompt", defaultValue = "Why is the sky blue?")
  private String prompt;

  @Override
  public void run() {
    Report report = setup.report("first-token");
    List<Double> seconds = new ArrayList<>();
    secondsOnce(); // builds what has changed, fills the page cache
    for (int i = 0; i < setup.repeats(); i++) {
      seconds.add(secondsOnce());
    }
    report.figure("process start to first text, warm", Spread.of(seconds), "s");
  }

  private double secondsOnce() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Setup.home().resolve("deepseek").toString(), "run", setup.model(), "-n", "8", prompt);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    long start = System.nanoTime();
    try {
      Process process = builder.start();
      try (InputStream out = process.getInputStream()) {
        int first = out.read();
        double seconds = Comparison.secondsOf(System.nanoTime() - start);
        byte[] rest = out.readAllBytes();
        if (first < 0 || rest.length == 0 || process.waitFor() != 0) {
          throw new IllegalStateException(
              "./deepseek run gave no answer; run it by hand to see why");
        }
        return seconds;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
