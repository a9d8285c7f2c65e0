package deepseek.hub;

import deepseek.files.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A wheel's {@code RECORD}: lines of {@code name,algorithm=base64url,size}, as CSV, in which a name
 * with a comma is quoted. Hash and size are empty for the list itself.
 *
 * @see <a
 *     href="https://packaging.python.org/en/latest/specifications/recording-installed-packages">the
 *     format</a>
 */
final class WheelRecord {
  /** Those algorithms of the format that every Java implements. */
  private static final Map<String, String> ALGORITHMS =
      Map.of("sha256", "SHA-256", "sha384", "SHA-384", "sha512", "SHA-512");

  private WheelRecord() {}

  /**
   * A file's line.
   *
   * @param algorithm its name in Java
   * @param size in bytes, -1 if unknown
   */
  record Line(String algorithm, String hex, long size) {
    ContentHash begin() {
      return ContentHash.of(algorithm);
    }
  }

  /** The lines with a hash, by file name; empty for an archive without such a list. */
  static Map<String, Line> parse(Path wheel, String text) {
    Map<String, Line> lines = new HashMap<>();
    for (String row : text.lines().filter(row -> !row.isBlank()).toList()) {
      List<String> columns = columns(row);
      if (columns.size() > 1 && !columns.get(1).isEmpty()) {
        String size = columns.size() > 2 ? columns.get(2) : "";
        lines.put(columns.getFirst(), line(wheel, columns, size));
      }
    }
    return lines;
  }

  private static Line line(Path wheel, List<String> columns, String size) {
    String[] hash = columns.get(1).split("=", 2);
    String algorithm = ALGORITHMS.get(hash[0]);
    if (algorithm == null || hash.length < 2) {
      throw wrong(
          wheel, columns, "a hash by one of " + ALGORITHMS.keySet().stream().sorted().toList());
    }
    if (!size.matches("\\d{0,18}")) {
      throw wrong(wheel, columns, "a size in bytes");
    }
    try {
      byte[] digest = Base64.getUrlDecoder().decode(hash[1]);
      if (digest.length == ContentHash.of(algorithm).length()) {
        String hex = HexFormat.of().formatHex(digest);
        return new Line(algorithm, hex, size.isEmpty() ? -1 : Long.parseLong(size));
      }
    } catch (IllegalArgumentException e) {
      // Reported like a hash of another length.
    }
    throw wrong(wheel, columns, "a hash in base64");
  }

  private static DataException wrong(Path wheel, List<String> columns, String expected) {
    return PackageArchive.damaged(
        wheel,
        expected + " for " + columns.getFirst() + " in RECORD",
        "'" + String.join(",", columns.subList(1, columns.size())) + "'",
        null);
  }

  private static List<String> columns(String row) {
    List<String> columns = new ArrayList<>();
    StringBuilder column = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < row.length(); i++) {
      char c = row.charAt(i);
      if (c == '"' && quoted && i + 1 < row.length() && row.charAt(i + 1) == '"') {
        column.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        columns.add(column.toString());
        column.setLength(0);
      } else {
        column.append(c);
      }
    }
    columns.add(column.toString());
    return columns;
  }
}
