package deepseek.hub;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The naming conventions of GGUF repositories: quantisation in the name, shards, projectors. */
final class GgufNames {
  /** llama.cpp's choice when no quantisation is given: small with good quality first. */
  private static final List<String> PREFERRED = List.of("Q4_K_M", "Q8_0", "Q4_0");

  private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private GgufNames() {}

  static boolean isGguf(String name) {
    return name.toLowerCase(Locale.ROOT).endsWith(".gguf");
  }

  /** False for the second and later shards of a split file, and for vision projectors. */
  static boolean isFirstOrOnly(String name) {
    Matcher shard = SHARD.matcher(name);
    return !isProjector(name) && (!shard.matches() || shard.group(2).equals("00001"));
  }

  private static boolean isProjector(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    return file.startsWith("mmproj");
  }

  /** The file to open for a selector; without one, the first preferred quantisation available. */
  static Optional<String> choose(List<String> names, Optional<String> selector) {
    List<String> models = names.stream().filter(GgufNames::isGguf).sorted().toList();
    if (selector.isPresent()) {
      String wanted = selector.get();
      return models.stream()
          .filter(name -> name.equals(wanted) || name.endsWith("/" + wanted))
          .findFirst()
          .or(() -> withQuantisation(models, wanted));
    }
    return PREFERRED.stream()
        .flatMap(quantisation -> withQuantisation(models, quantisation).stream())
        .findFirst()
        .or(() -> models.stream().filter(GgufNames::isFirstOrOnly).findFirst());
  }

  private static Optional<String> withQuantisation(List<String> models, String quantisation) {
    Pattern word =
        Pattern.compile(
            "(?<![A-Za-z0-9_])" + Pattern.quote(quantisation) + "(?![A-Za-z0-9_])",
            Pattern.CASE_INSENSITIVE);
    return models.stream()
        .filter(GgufNames::isFirstOrOnly)
        .filter(name -> word.matcher(name).find())
        .findFirst();
  }

  /** All shards of the file chosen, itself included. */
  static List<String> shards(List<String> names, String chosen) {
    Matcher shard = SHARD.matcher(chosen);
    if (!shard.matches()) {
      return List.of(chosen);
    }
    String prefix = shard.group(1) + "-";
    String suffix = "-of-" + shard.group(3) + ".gguf";
    return names.stream()
        .filter(name -> name.startsWith(prefix) && name.endsWith(suffix))
        .sorted()
        .toList();
  }
}
