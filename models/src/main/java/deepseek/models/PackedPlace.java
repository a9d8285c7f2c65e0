package deepseek.models;

import deepseek.files.ProcessLock;
import deepseek.store.safetensors.UnfinishedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a model's packed weights are kept: next to it, {@code model-Q4_K_M.gguf.as-stored.packed}
 * or {@code model.int4.packed} in its folder; else in the cache folder, {@code
 * packed/ID-model-Q4_K_M.gguf.as-stored.packed}. Next to a link means next to the link, so that in
 * the hub's cache they go with the snapshot. {@link PackedFiles#CACHE} wants the cache folder
 * alone.
 */
public final class PackedPlace {
  private static final String SUFFIX = ".packed";
  private static final String WHOLE_FOLDER = "model";

  private final Path wanted;
  private final Path cached;
  private final Path lock;
  private final String end;

  private PackedPlace(Path wanted, Path cached, Path cache, String end) {
    this.wanted = wanted;
    this.cached = cached;
    this.end = end;
    this.lock = cache.resolve(".locks").resolve(cached.getFileName() + ".lock");
  }

  /**
   * @param root a model's folder or file
   * @param cache the cache folder
   */
  static PackedPlace of(
      Path root, Path cache, PackedFiles files, QuantizationConfig.WeightBits weights) {
    String end = "." + weights + SUFFIX;
    Path cached = cachedStem(root, cache);
    Path inCache = cached.resolveSibling(name(cached) + end);
    Path beside = stem(root).resolveSibling(name(stem(root)) + end);
    return new PackedPlace(files == PackedFiles.CACHE ? inCache : beside, inCache, cache, end);
  }

  private static Path stem(Path root) {
    Path whole = root.toAbsolutePath().normalize();
    return Files.isDirectory(whole) ? whole.resolve(WHOLE_FOLDER) : whole;
  }

  private static Path cachedStem(Path root, Path cache) {
    byte[] path = stem(root).toString().getBytes(StandardCharsets.UTF_8);
    String id = UUID.nameUUIDFromBytes(path).toString().substring(0, 8);
    return cache.resolve("packed").resolve(id + "-" + name(root.toAbsolutePath().normalize()));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** Where a file may be, the better place first. */
  List<Path> candidates() {
    return wanted.equals(cached) ? List.of(cached) : List.of(wanted, cached);
  }

  /** Where a file can be made. */
  Path writable() throws IOException {
    if (Files.isWritable(folder(wanted)) && !Files.isDirectory(wanted)) {
      return wanted;
    }
    Files.createDirectories(folder(cached));
    return cached;
  }

  /** The right to write here, unless another process or thread has it. */
  Optional<ProcessLock> tryLock() {
    try {
      return ProcessLock.tryAcquire(lock);
    } catch (IOException e) {
      // Several may then write, of which the last wins: files are put in place whole.
      return Optional.of(() -> {});
    }
  }

  /** Deletes what processes that were killed left of this model, for any quantisation. */
  void sweep(Path target) throws IOException {
    String name = name(target);
    UnfinishedFile.sweep(folder(target), name.substring(0, name.length() - end.length()) + ".");
  }

  private static Path folder(Path file) {
    return Objects.requireNonNull(file.getParent());
  }

  /** The packed files of a model that are there, for any quantisation. */
  public static List<Path> existing(Path root, Path cache) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path stem : List.of(stem(root), cachedStem(root, cache))) {
      if (Files.isDirectory(folder(stem))) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(folder(stem), file -> isPacked(name(file), name(stem)))) {
          files.forEach(found::add);
        }
      }
    }
    found.sort(null);
    return found;
  }

  private static boolean isPacked(String file, String stem) {
    return file.startsWith(stem + ".")
        && file.endsWith(SUFFIX)
        && file.indexOf('.', stem.length() + 1) == file.length() - SUFFIX.length();
  }
}
