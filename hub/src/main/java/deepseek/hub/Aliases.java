package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Short names for well-known models, from {@code aliases.json}: each has a list of sources to try
 * in order. The same file has, for packages that ship weights without the other files of a model
 * folder, the content of those.
 */
public final class Aliases {
  private static final String RESOURCE = "aliases.json";
  private static final Aliases SHIPPED = load();

  /** Name to sources; names are lower case. */
  private final Map<String, List<ModelSource>> sources;

  /** Other spelling to name. */
  private final Map<String, String> spellings;

  /** Package, without version, to file name to content. */
  private final Map<String, Map<String, JsonNode>> supplements;

  private Aliases(
      Map<String, List<ModelSource>> sources,
      Map<String, String> spellings,
      Map<String, Map<String, JsonNode>> supplements) {
    this.sources = sources;
    this.spellings = spellings;
    this.supplements = supplements;
  }

  /** The table shipped with this version. */
  public static Aliases shipped() {
    return SHIPPED;
  }

  /** All names, sorted. */
  public Set<String> names() {
    return sources.keySet();
  }

  /** All names and their other spellings, sorted. */
  public Set<String> spellings() {
    Set<String> all = new TreeSet<>(sources.keySet());
    all.addAll(spellings.keySet());
    return all;
  }

  /** The canonical name of an alias, ignoring case; empty when it isn't an alias. */
  public Optional<String> canonicalName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Optional.ofNullable(sources.containsKey(lower) ? lower : spellings.get(lower));
  }

  /** The sources of an alias, in the order they are tried. */
  public List<ModelSource> sources(String name) {
    @Nullable List<ModelSource> found = canonicalName(name).map(sources::get).orElse(null);
    if (found == null) {
      throw new DataException(
          "look up an alias",
          "one of " + String.join(", ", names()),
          "'" + name + "'",
          "use one of these, or a hub id such as org/name");
    }
    return found;
  }

  /** Files to add next to the weights of a package that has their content only in its code. */
  Map<String, JsonNode> supplement(String packageWithoutVersion) {
    return supplements.getOrDefault(packageWithoutVersion, Map.of());
  }

  private static Aliases load() {
    try (InputStream in = Aliases.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new DataException(
            "read the alias table", "the resource " + RESOURCE, "none", "reinstall this program");
      }
      return read(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Aliases read(JsonNode root) {
    Map<String, List<ModelSource>> sources = new TreeMap<>();
    Map<String, String> spellings = new LinkedHashMap<>();
    root.get("aliases")
        .properties()
        .forEach(
            alias -> {
              List<ModelSource> tried = new ArrayList<>();
              alias.getValue().get("sources").forEach(s -> tried.add(concrete(s.asText())));
              sources.put(alias.getKey(), List.copyOf(tried));
              alias.getValue().path("also").forEach(s -> spellings.put(s.asText(), alias.getKey()));
            });
    Map<String, Map<String, JsonNode>> supplements = new LinkedHashMap<>();
    root.get("supplements")
        .properties()
        .forEach(
            entry -> {
              Map<String, JsonNode> files = new LinkedHashMap<>();
              entry.getValue().properties().forEach(f -> files.put(f.getKey(), f.getValue()));
              supplements.put(entry.getKey(), files);
            });
    return new Aliases(sources, spellings, supplements);
  }

  /**
   * Parses a table entry, which is never a path, so that a folder of the same name can't replace
   * it.
   */
  private static ModelSource concrete(String text) {
    boolean isPackage = text.startsWith("maven:") || text.startsWith("pypi:");
    return ModelSource.parse(isPackage ? text : "hf:" + text);
  }
}
