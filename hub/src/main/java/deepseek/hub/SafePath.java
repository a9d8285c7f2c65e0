package deepseek.hub;

import deepseek.files.DataException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Checks names from servers and archives before they become paths. */
final class SafePath {
  private static final int MAX_LENGTH = 512;

  /** Names that are devices on Windows, with any extension. */
  private static final Set<String> DEVICES = Set.of("con", "prn", "aux", "nul");

  private SafePath() {}

  /** True for a relative path of plain names separated by {@code /}: no {@code ..}, no device. */
  static boolean isSafe(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      return false;
    }
    for (String part : name.split("/", -1)) {
      if (!isSafePart(part)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSafePart(String part) {
    if (part.isEmpty() || part.equals(".") || part.equals("..")) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c < 0x20 || c == 0x7f || c == '\\' || c == ':') {
        return false;
      }
    }
    return !DEVICES.contains(part.toLowerCase(Locale.ROOT).split("\\.", 2)[0]);
  }

  /** Resolves an untrusted name below a folder, or throws. */
  static Path resolve(Path folder, String name, String origin) {
    if (!isSafe(name)) {
      throw new DataException(
          "read the file names of " + origin,
          "relative names inside the model's folder",
          "'" + name.replaceAll("\\p{Cntrl}", "?") + "'",
          "don't use this source: its names reach outside the cache");
    }
    return folder.resolve(name);
  }
}
