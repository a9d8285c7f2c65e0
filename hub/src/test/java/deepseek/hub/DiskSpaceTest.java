package deepseek.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
  private static final Pattern FREE = Pattern.compile("(\\d+) MiB free");

  @TempDir Path folder;

  /** The reserve is required too: a file that would just fit is too large. */
  @Test
  void moreIsAskedForThanThereIs() throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    // A little less than all the space, so that other programs' files don't matter.
    DataException e =
        catchThrowableOfType(
            DataException.class, () -> DiskSpace.require(folder, usable - (1 << 20), "a file"));
    long[] free =
        FREE.matcher(String.valueOf(e.getMessage()))
            .results()
            .map(MatchResult::group)
            .mapToLong(size -> Long.parseLong(size.replaceAll("\\D", "")))
            .toArray();
    assertThat(free).hasSize(2);
    assertThat(free[0]).isGreaterThan(free[1]);
  }
}
