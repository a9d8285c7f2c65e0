package deepseek.models;

import deepseek.store.safetensors.GrowingSafetensors;
import deepseek.store.source.ProcessLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Where a model's packed weights are kept: beside it, {@code model-Q4_K_M.gguf.as-stored.packed} or
 * {@code model.int4.packed} in its folder; else in the cache folder, {@code packed/NAME-ID.packed}.
 * Beside a link means beside the link, so that in the hub's cache they go with the snapshot.
 */
public final class PackedPlace {
  private static final String SUFFIX = ".packed";
  private static final String WHOLE_FOLDER = "model";
  private static final long ABANDONED_MILLIS = 24 * 3600 * 1000L;

  private final Path beside;
  private final Path cached;
  private final Path lock;

  private PackedPlace(Path beside, Path cache) {
    this.beside = beside;
    String id =
        UUID.nameUUIDFromBytes(beside.toString().getBytes(StandardCharsets.UTF_8)).toString();
    this.cached = cache.resolve("packed").resolve(id.substring(0, 8) + "-" + beside.getFileName());
    this.lock = cache.resolve(".locks").resolve(cached.getFileName() + ".lock");
  }

  /**
   * @param root a model's folder or file
   * @param cache the cache folder
   */
  static PackedPlace of(Path root, Path cache, QuantizationConfig quantization) {
    return new PackedPlace(
        stem(root).resolveSibling(stem(root).getFileName() + "." + quantization + SUFFIX), cache);
  }

  private static Path stem(Path root) {
    Path whole = root.toAbsolutePath().normalize();
    return Files.isDirectory(whole) ? whole.resolve(WHOLE_FOLDER) : whole;
  }

  /** Where a file may be, the better place first. */
  List<Path> candidates() {
    return List.of(beside, cached);
  }

  /** Where a file can be made. */
  Path writable() throws IOException {
    if (Files.isWritable(folder(beside))) {
      return beside;
    }
    Files.createDirectories(folder(cached));
    return cached;
  }

  /** The right to write here, unless another process or thread has it. */
  Optional<ProcessLock> tryLock() {
    try {
      return ProcessLock.tryAcquire(lock);
    } catch (IOException e) {
      // Several may then write, in vain but for the last: files are put in place whole.
      return Optional.of(() -> {});
    }
  }

  /** Deletes what processes that were killed left; for who has the lock. */
  void sweep(Path target) throws IOException {
    String name = "." + target.getFileName() + ".";
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(
            folder(target), file -> isUnfinished(file.getFileName().toString(), name))) {
      for (Path file : left) {
        if (Files.getLastModifiedTime(file).toMillis()
            < System.currentTimeMillis() - ABANDONED_MILLIS) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static boolean isUnfinished(String file, String name) {
    return file.startsWith(name) && file.endsWith(GrowingSafetensors.UNFINISHED);
  }

  private static Path folder(Path file) {
    return Objects.requireNonNull(file.getParent());
  }

  /** The packed files of a model that are there, for any quantisation. */
  public static List<Path> existing(Path root, Path cache) {
    return java.util.Arrays.stream(QuantizationConfig.values())
        .flatMap(q -> of(root, cache, q).candidates().stream())
        .filter(Files::isRegularFile)
        .toList();
  }
}
