package deepseek.hub;

import deepseek.Environment;
import deepseek.files.DataException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The grammar of model sources, which {@link ModelSource#parse} accepts. */
final class SourceText {
  static final String MAIN = "main";

  private static final String FORMS =
      "org/name, a folder, a .gguf/.onnx/.safetensors file, maven:group:artifact[:version],"
          + " pypi:name[==version] or an alias";
  private static final String NAME = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?";
  private static final Pattern HUB_ID = Pattern.compile("(?:" + NAME + "/)?" + NAME);
  private static final Pattern HUB =
      Pattern.compile("(?<id>[^@:]+)(?:@(?<revision>[^:]+))?(?::(?<file>.+))?");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/+-]{0,254}");
  private static final Pattern COORDINATE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+!-]{0,199}");
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:[\\\\/].*");

  private SourceText() {}

  static ModelSource parse(String text) {
    String source = text.strip();
    if (source.isEmpty()) {
      throw malformed(text, "name a model, for example smollm2:135m");
    }
    if (source.startsWith("maven:")) {
      return maven(source);
    }
    if (source.startsWith("pypi:")) {
      return pypi(source);
    }
    if (source.startsWith("hf:")) {
      return hub(source, source.substring("hf:".length()));
    }
    Optional<ModelSource> local = local(source);
    if (local.isPresent()) {
      return local.get();
    }
    if (!source.contains("/")) {
      Optional<String> alias = Aliases.shipped().canonicalName(source);
      if (alias.isPresent()) {
        return new ModelSource.Alias(alias.get());
      }
      if (source.contains(":")) {
        throw malformed(text, "known aliases are " + String.join(", ", Aliases.shipped().names()));
      }
    }
    return hub(text, source);
  }

  /** A path if it exists, or if the text can only be a path. */
  private static Optional<ModelSource> local(String source) {
    Path path;
    try {
      path = Path.of(expandHome(source));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    if (Files.isDirectory(path)) {
      return Optional.of(new ModelSource.Folder(path));
    }
    boolean modelFile = ModelFiles.isWeightFile(source);
    if (Files.exists(path)) {
      if (!modelFile) {
        throw malformed(source, "this file is none of .gguf, .onnx, .safetensors");
      }
      return Optional.of(new ModelSource.SingleFile(path));
    }
    boolean spelledAsPath =
        source.startsWith(".")
            || source.startsWith("/")
            || source.startsWith("~")
            || DRIVE.matcher(source).matches();
    if (spelledAsPath || (modelFile && !source.contains(":"))) {
      return Optional.of(
          modelFile ? new ModelSource.SingleFile(path) : new ModelSource.Folder(path));
    }
    return Optional.empty();
  }

  static String expandHome(String path) {
    return path.equals("~") || path.startsWith("~/")
        ? Environment.ofProcess().home() + path.substring(1)
        : path;
  }

  private static ModelSource maven(String source) {
    String[] parts = source.split(":", -1);
    if (parts.length < 3 || parts.length > 4) {
      throw malformed(source, "write maven:group:artifact or maven:group:artifact:version");
    }
    return new ModelSource.Maven(
        parts[1], parts[2], parts.length == 4 ? Optional.of(parts[3]) : Optional.empty());
  }

  private static ModelSource pypi(String source) {
    String[] parts = source.substring("pypi:".length()).split("==", -1);
    if (parts.length > 2) {
      throw malformed(source, "write pypi:name or pypi:name==version");
    }
    return new ModelSource.PyPi(
        parts[0], parts.length == 2 ? Optional.of(parts[1]) : Optional.empty());
  }

  private static ModelSource hub(String typed, String source) {
    Matcher matcher = HUB.matcher(source);
    if (!matcher.matches()) {
      throw malformed(typed, "check the spelling");
    }
    return new ModelSource.Hub(
        matcher.group("id"),
        Optional.ofNullable(matcher.group("revision")).orElse(MAIN),
        Optional.ofNullable(matcher.group("file")));
  }

  static boolean isHubId(String id) {
    return HUB_ID.matcher(id).matches() && !id.contains("..") && !id.contains("--");
  }

  static void requireHubId(String id) {
    if (!isHubId(id)) {
      throw malformed(
          id, "a hub id has letters, digits, '-', '_' and '.', and at most one '/' in it");
    }
  }

  static void requireRevision(String id, String revision) {
    boolean climbs = revision.contains("..") || revision.contains("//") || revision.endsWith("/");
    if (climbs || !REVISION.matcher(revision).matches()) {
      throw new DataException(
          "read the source " + id,
          "a branch, tag or commit after '@'",
          "'" + revision + "'",
          "look the revision up on the model's page");
    }
  }

  static void requireSelector(String id, String selector) {
    if (!SafePath.isSafe(selector)) {
      throw new DataException(
          "read the source " + id,
          "a quantisation or file name after ':'",
          "'" + selector + "'",
          "write for example " + id + ":Q4_K_M");
    }
  }

  static boolean isCoordinate(String value) {
    return COORDINATE.matcher(value).matches() && !value.contains("..");
  }

  static void requireCoordinate(String what, String value) {
    if (!isCoordinate(value)) {
      throw new DataException(
          "read a package source",
          "a " + what + " of letters, digits, '.', '_' and '-'",
          "'" + value + "'",
          "check the spelling");
    }
  }

  private static DataException malformed(String got, String remedy) {
    return new DataException("read a model source", FORMS, "'" + got + "'", remedy);
  }
}
