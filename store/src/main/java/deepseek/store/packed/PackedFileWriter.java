package deepseek.store.packed;

import deepseek.compute.PackedLayout;
import deepseek.compute.Packing;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.store.safetensors.GrowingSafetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Packs weights into a {@link PackedFile} from which they can be used immediately, so that memory
 * never holds another copy. Not thread-safe.
 */
public final class PackedFileWriter implements AutoCloseable {
  // Bytes packed at a time; small enough to stay in a core's cache until they are written.
  private static final long CHUNK = 1 << 20;
  private static final long ENTRY_BYTES = 128; // of a tensor in the header, without its name
  private static final long NOTES_BYTES = 1 << 12;

  private final GrowingSafetensors file;
  private final PackedKey key;

  /**
   * Creates an unfinished file next to {@code path}.
   *
   * @param names of the weights that may be appended
   * @param most the maximum total size of the packed weights in bytes
   * @throws DataException if the folder can't be written to
   */
  public PackedFileWriter(Path path, PackedKey key, Collection<String> names, long most) {
    this.key = key;
    // A character takes at most six bytes in JSON.
    long entries = names.stream().mapToLong(name -> 6L * name.length() + ENTRY_BYTES).sum();
    this.file = new GrowingSafetensors(path, entries + Pieces.length(most) + NOTES_BYTES, most);
  }

  /**
   * Packs and appends a weight, and returns its bytes as a view of the file in the innermost scope.
   *
   * @throws DataException if the disk is full or fails; weights appended before stay valid
   */
  public Tensor append(String name, Packing packing) {
    return file.append(name, packing.layout().shape(), sink -> fill(packing, sink));
  }

  /** The bytes of a weight appended before. */
  public Optional<Tensor> tensor(String name) {
    return file.tensor(name);
  }

  private static void fill(Packing packing, GrowingSafetensors.Sink sink) throws IOException {
    PackedLayout layout = packing.layout();
    long rows = layout.blockRows();
    long rowBytes = layout.byteSize() / rows;
    long step = Math.max(1, CHUNK / rowBytes);
    try {
      IntStream.range(0, Math.toIntExact(Math.ceilDiv(rows, step)))
          .parallel()
          .forEach(i -> write(packing, sink, i * step, Math.min(rows, (i + 1) * step), rowBytes));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void write(
      Packing packing, GrowingSafetensors.Sink sink, long begin, long end, long rowBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate((end - begin) * rowBytes);
      packing.pack(begin, end, bytes);
      sink.write(begin * rowBytes, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Completes the file and renames it into place; tensors stay valid.
   *
   * @throws DataException if that fails
   */
  public void finish() {
    String pieces = Pieces.checksums(file.data());
    file.finish(
        Map.of(
            PackedFile.KEY,
            key.text(),
            PackedFile.PIECES,
            pieces,
            PackedFile.HEADER,
            PackedFile.header(key.text(), pieces, file.shapes())));
  }

  @Override
  public void close() {
    file.close();
  }
}
