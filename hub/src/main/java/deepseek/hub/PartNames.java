package deepseek.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of the pieces of a file that was too large for one package: {@code x.gguf.part00}. */
final class PartNames {
  private static final Pattern PART =
      Pattern.compile(
          "(?:.*/)?([^/]+\\.(?:gguf|safetensors|onnx))\\.(?:part-?|chunk-?)?(\\d{1,5})");
  private static final Pattern PART_PACKAGE =
      Pattern.compile("-?(?:part|chunk|shard|data|weights|model)[-_]?\\d*");

  private PartNames() {}

  /** A piece: the name of the whole file, and the piece's index. */
  record Part(String whole, int index) {}

  static Optional<Part> parse(String name) {
    Matcher matcher = PART.matcher(name);
    return matcher.matches()
        ? Optional.of(new Part(matcher.group(1), Integer.parseInt(matcher.group(2))))
        : Optional.empty();
  }

  static boolean isPart(String name) {
    return PART.matcher(name).matches();
  }

  /** True when a required package is, by its name, a piece of the package that requires it. */
  static boolean isPartOf(String whole, String required) {
    return required.startsWith(whole + "-")
        && PART_PACKAGE.matcher(required.substring(whole.length() + 1)).matches();
  }
}
