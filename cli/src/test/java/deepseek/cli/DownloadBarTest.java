package deepseek.cli;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.hub.ModelSource;
import deepseek.hub.Progress;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DownloadBarTest {
  private static String shown(Set<Console.Stream> terminals, Progress.Event... events) {
    StringWriter err = new StringWriter();
    Console console =
        new Console(
            InputStream.nullInputStream(),
            new PrintWriter(new StringWriter()),
            new PrintWriter(err, true),
            terminals);
    try (DownloadBar bar = new DownloadBar(console)) {
      for (Progress.Event event : events) {
        bar.report(event);
      }
    }
    return err.toString();
  }

  private static final Progress.Event[] DOWNLOAD = {
    new Progress.Started("model.safetensors", 4_000_000),
    new Progress.Advanced("model.safetensors", 1_000_000, 4_000_000),
    new Progress.Advanced("model.safetensors", 4_000_000, 4_000_000),
    new Progress.Finished("model.safetensors"),
  };

  @Test
  void logGetsALinePerDownload() {
    assertThat(shown(Set.of(), DOWNLOAD)).isEqualToIgnoringNewLines("model.safetensors, 4.00 MB");
  }

  @Test
  void terminalGetsABarThatFitsAndReachesItsEnd() {
    String shown = shown(Set.of(Console.Stream.ERR), DOWNLOAD);
    assertThat(shown).contains("\rmodel.safetensors 100%", "4/4 MB").endsWith("\n");
    assertThat(shown.split("[\r\n]+")).allMatch(line -> line.length() <= 80);
  }

  @Test
  void skippedSourceIsNamedOnceWithItsReason() {
    ModelSource source = ModelSource.parse("org/name");
    String why = "fetch org/name: expected an answer, got none; check the network";
    assertThat(shown(Set.of(), new Progress.Skipped(source, why)))
        .isEqualToIgnoringNewLines(
            "not from org/name: expected an answer, got none; check the network");
  }
}
