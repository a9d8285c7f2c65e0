package deepseek.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A model in a cache.
 *
 * @param source by which it is opened, as the user would type it
 * @param revision the hub's commit, or the package's version
 * @param root what is opened: a folder or a file; empty if nothing here can be
 * @param format of its weights
 * @param folder the snapshot or the package's folder that it is in
 * @param files all its files in that folder, packed weights next to it included
 * @param bytes on the disk; content that several files are links to counts once
 * @param lastUsed when a file of it was last read or written, as exactly as the file system knows:
 *     many note a read only once a day, some never
 */
public record CachedModel(
    ModelSource source,
    String revision,
    Optional<Path> root,
    Format format,
    Path folder,
    List<Path> files,
    long bytes,
    Instant lastUsed) {

  /** Formats of weights. */
  public enum Format {
    SAFETENSORS,
    GGUF,
    ONNX,
    /** Nothing that can be opened: an unfinished download, or weights in other formats. */
    OTHER;

    /** The usual ending of such files. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public CachedModel {
    files = List.copyOf(files);
  }

  static CachedModel of(
      ModelSource source, String revision, Optional<Path> root, Path folder, List<Path> files) {
    DiskUse use = DiskUse.of(files);
    Format format = root.isEmpty() ? Format.OTHER : format(files);
    return new CachedModel(
        source, revision, root, format, folder, files, use.bytes(), use.lastUsed());
  }

  private static Format format(List<Path> files) {
    List<String> names = files.stream().map(file -> file.getFileName().toString()).toList();
    for (Format format : List.of(Format.SAFETENSORS, Format.GGUF, Format.ONNX)) {
      if (names.stream().anyMatch(name -> name.endsWith("." + format))) {
        return format;
      }
    }
    return Format.OTHER;
  }
}
