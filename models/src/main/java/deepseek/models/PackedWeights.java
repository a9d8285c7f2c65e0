package deepseek.models;

import deepseek.compute.PackedLayout;
import deepseek.compute.Packing;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import deepseek.store.packed.PackedFile;
import deepseek.store.packed.PackedFileWriter;
import deepseek.store.packed.PackedKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A model's packed weights: mapped from the file that an earlier load left, or packed now, into
 * such a file where one can be made. The file is looked for when the first weight is taken. One
 * thread at a time.
 */
final class PackedWeights implements AutoCloseable {
  /** Less is packed faster than a file is worth. */
  static final long LEAST_BYTES = 16L << 20;

  private static final System.Logger LOG = System.getLogger(PackedWeights.class.getName());

  // Raise it when a weight of some name gets other values than before from the same files.
  private static final String VERSION = "1";

  private final Packer packer;
  private final Optional<Kept> kept;
  private @Nullable Origin origin;

  /**
   * What a file is made of and where it may be.
   *
   * @param files that the weights come from
   * @param leastBytes that are worth a file
   */
  record Kept(PackedPlace place, List<Path> files, long leastBytes) {}

  /** Where packed bytes come from. */
  private sealed interface Origin {
    /** They are made in memory. */
    record Memory() implements Origin {}

    /** A file of an earlier load has them. */
    record Mapped(PackedFile file) implements Origin {}

    /** They are made in a file. */
    record Growing(Path path, PackedFileWriter writer, ProcessLock lock) implements Origin {}

    /** They all are in that file, which is being completed. */
    record Finishing(Growing file, CompletableFuture<Void> end) implements Origin {}
  }

  PackedWeights(Packer packer, Optional<Kept> kept) {
    this.packer = packer;
    this.kept = kept;
  }

  /** Whether a weight of this name is packed. */
  Optional<PackedLayout> layout(String name) {
    return packer.layout(name);
  }

  /** A weight that has a layout, in the innermost scope. */
  QTensor take(String name, PackedLayout layout) {
    try (Scope scope = Scope.open()) {
      QTensor packed =
          switch (origin()) {
            case Origin.Memory memory -> packer.packing(name).inMemory();
            case Origin.Mapped(PackedFile file) ->
                file.tensor(name, layout.shape())
                    .map(bytes -> QTensor.over(layout, bytes))
                    .orElseGet(() -> packer.packing(name).inMemory());
            case Origin.Growing growing -> appended(growing, name, layout);
            case Origin.Finishing(Origin.Growing whole, CompletableFuture<Void> end) ->
                whole
                    .writer()
                    .tensor(name)
                    .map(bytes -> QTensor.over(layout, bytes))
                    .orElseGet(() -> packer.packing(name).inMemory());
          };
      scope.keep(packed.tensor());
      return packed.withActivationBits(packer.quantization().activationBits(name));
    }
  }

  private QTensor appended(Origin.Growing growing, String name, PackedLayout layout) {
    Optional<Tensor> before = growing.writer().tensor(name);
    if (before.isPresent()) {
      return QTensor.over(layout, before.get());
    }
    Packing packing = packer.packing(name);
    try {
      return QTensor.over(layout, growing.writer().append(name, packing));
    } catch (DataException e) {
      LOG.log(Level.WARNING, "packed weights stay in memory: {0}", e.getMessage());
      origin = new Origin.Memory();
      growing.writer().close();
      growing.lock().close();
      return packing.inMemory();
    }
  }

  private Origin origin() {
    Origin known = origin;
    if (known == null) {
      known = kept.map(this::find).orElseGet(Origin.Memory::new);
      origin = known;
    }
    return known;
  }

  private Origin find(Kept k) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    for (String name : packer.weights().names()) {
      packer.layout(name).ifPresent(layout -> sizes.put(name, layout.byteSize()));
    }
    long most = sizes.values().stream().mapToLong(Long::longValue).sum();
    if (most < k.leastBytes()) {
      return new Origin.Memory();
    }
    try {
      PackedKey key = PackedKey.of(k.files(), packer.quantization().weights() + " " + VERSION);
      Optional<Origin> mapped = mapped(k.place(), key);
      return mapped.isPresent() ? mapped.get() : growing(k.place(), key, sizes, most);
    } catch (DataException | IOException e) {
      LOG.log(Level.WARNING, "packed weights stay in memory: {0}", e.getMessage());
      return new Origin.Memory();
    }
  }

  private static Optional<Origin> mapped(PackedPlace place, PackedKey key) {
    for (Path path : place.candidates()) {
      if (Files.isRegularFile(path)) {
        try {
          Origin mapped = new Origin.Mapped(PackedFile.open(path, key));
          sweep(place, path);
          return Optional.of(mapped);
        } catch (DataException e) {
          LOG.log(Level.INFO, "packed weights are made anew: {0}", e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private static void sweep(PackedPlace place, Path path) {
    try {
      place.sweep(path);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "what killed processes left stays: {0}", e.getMessage());
    }
  }

  private static Origin growing(
      PackedPlace place, PackedKey key, Map<String, Long> sizes, long most) throws IOException {
    Optional<ProcessLock> lock = place.tryLock();
    if (lock.isEmpty()) {
      LOG.log(Level.DEBUG, "another process writes the packed weights");
      return new Origin.Memory();
    }
    try {
      Path path = place.writable();
      sweep(place, path);
      long room = Files.getFileStore(path.getParent()).getUsableSpace();
      if (room < most) {
        throw new IOException(path.getParent() + " has room for " + room + " bytes of " + most);
      }
      PackedFileWriter writer = new PackedFileWriter(path, key, sizes.keySet(), most);
      LOG.log(
          Level.INFO,
          "packing the weights, once, into {0} ({1} MB), which later starts map;"
              + " DEEPSEEK_PACKED=cache keeps such files in DEEPSEEK_CACHE, off keeps none",
          path,
          most / 1_000_000);
      return new Origin.Growing(path, writer, lock.get());
    } catch (IOException | RuntimeException e) {
      lock.get().close();
      throw e;
    }
  }

  /** Says that all weights have been taken: a file that was made gets its name. */
  void complete() {
    if (origin instanceof Origin.Growing growing) {
      origin =
          new Origin.Finishing(
              growing,
              CompletableFuture.runAsync(
                  () -> finish(growing), Thread.ofPlatform().name("finish-packed-file")::start));
    }
  }

  private static void finish(Origin.Growing growing) {
    try {
      growing.writer().finish();
      LOG.log(Level.DEBUG, "{0} is complete", growing.path());
    } catch (DataException e) {
      LOG.log(Level.WARNING, "packed weights are not kept: {0}", e.getMessage());
    } finally {
      growing.lock().close();
    }
  }

  /** Waits for a file that is being completed; weights already taken stay valid. */
  @Override
  public void close() {
    Origin known = origin == null ? new Origin.Memory() : origin;
    origin = new Origin.Memory();
    switch (known) {
      case Origin.Memory memory -> {}
      case Origin.Mapped(PackedFile file) -> file.close();
      case Origin.Growing(Path path, PackedFileWriter writer, ProcessLock lock) -> {
        writer.close();
        lock.close();
      }
      case Origin.Finishing(Origin.Growing whole, CompletableFuture<Void> end) -> {
        end.join();
        whole.writer().close();
      }
    }
  }
}
