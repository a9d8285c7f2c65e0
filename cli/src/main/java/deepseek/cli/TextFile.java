package deepseek.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Text files that options name. */
final class TextFile {
  private TextFile() {}

  /** Its text, which must be UTF-8. */
  static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "nothing there", "check the path", e);
    } catch (CharacterCodingException e) {
      throw unreadable(
          file, "bytes that are not UTF-8", "convert it first, e.g. with iconv -t UTF-8", e);
    } catch (IOException e) {
      throw unreadable(file, e.toString(), "check its rights", e);
    }
  }

  private static CliException unreadable(Path file, String got, String remedy, IOException cause) {
    return new CliException("read " + file, "a text file in UTF-8", got, remedy, cause);
  }
}
