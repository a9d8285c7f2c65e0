package deepseek.store.safetensors;

import deepseek.compute.DType;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.files.Mapping;
import deepseek.store.MappedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A safetensors file of UINT8 tensors that are written one after the other and can be read at once,
 * mapped. It gets its name when it is {@link #finish finished}: until then, and when closed before,
 * there is nothing of this name, or still the old file.
 *
 * <p>Room for the header is left in front, a whole number of pages, so that a tensor whose size is
 * a multiple of 64 leaves the next one aligned to 64 bytes. Needs a system where a mapping shows
 * what is written into its file later: Linux and macOS do.
 */
public final class GrowingSafetensors implements AutoCloseable {
  private static final long PAGE = 1 << 14; // the largest in use

  private final Path target;
  private final UnfinishedFile file;
  private final FileChannel channel;
  private final Mapping mapping;
  private final long dataStart;
  private final long most;
  private final Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
  private long end;

  /** Writes a piece of a tensor's bytes, or all of them. */
  public interface Sink {
    /** Writes at {@code offset} from the tensor's start; by several threads at once if need be. */
    void write(long offset, MemorySegment bytes) throws IOException;
  }

  /** Gives a tensor's bytes to a sink. */
  public interface Filling {
    void fill(Sink sink) throws IOException;
  }

  /**
   * Begins a file.
   *
   * @param headerBytes that the header may take at most
   * @param dataBytes that all tensors together may take at most; not reserved on the disk
   * @throws DataException if the folder can't be written to
   */
  public GrowingSafetensors(Path target, long headerBytes, long dataBytes) {
    this.target = target.toAbsolutePath();
    this.dataStart = Math.ceilDiv(headerBytes, PAGE) * PAGE;
    this.most = dataStart + dataBytes;
    this.end = dataStart;
    try {
      this.file = UnfinishedFile.create(this.target);
    } catch (IOException e) {
      throw failed(e);
    }
    try {
      this.channel =
          FileChannel.open(file.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      file.close();
      throw failed(e);
    }
    try {
      channel.write(ByteBuffer.allocate(1), most - 1);
      this.mapping = Mapping.open(file.path());
    } catch (IOException e) {
      discard();
      throw failed(e);
    } catch (RuntimeException e) {
      discard();
      throw e;
    }
  }

  private DataException failed(IOException e) {
    return DataException.ofFile(
        "write " + target,
        "a folder with room that you may write to",
        "free disk space or choose another folder",
        e);
  }

  /**
   * Writes a tensor and returns it, a view of the file in the innermost scope.
   *
   * @throws DataException if the disk is full or fails; the file is then of no use, but tensors
   *     appended before stay valid
   */
  public Tensor append(String name, long[] shape, Filling filling) {
    long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (entries.containsKey(name) || size > most - end) {
      throw new DataException(
          "append '" + name + "' to " + target.getFileName(),
          "a new name and at most " + (most - end) + " bytes",
          size + " bytes",
          "append each tensor once");
    }
    long begin = end;
    try {
      filling.fill((offset, bytes) -> writeFully(bytes.asByteBuffer(), begin + offset));
    } catch (IOException e) {
      throw failed(e);
    }
    List<Long> dims = Arrays.stream(shape).boxed().toList();
    entries.put(name, new SafetensorsHeader.Entry(SafetensorsType.U8, dims, begin, begin + size));
    end = begin + size;
    return tensor(name).orElseThrow();
  }

  private void writeFully(ByteBuffer bytes, long at) throws IOException {
    long next = at;
    while (bytes.hasRemaining()) {
      next += channel.write(bytes, next);
    }
  }

  /** A tensor appended before. */
  public Optional<Tensor> tensor(String name) {
    return Optional.ofNullable(entries.get(name))
        .map(e -> new MappedTensor(mapping, e.begin(), DType.UINT8, e.shape()).load());
  }

  /** Shapes by name, in the order of their bytes. */
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    entries.forEach((name, entry) -> shapes.put(name, entry.shape()));
    return shapes;
  }

  /** All tensors' bytes. */
  public MemorySegment data() {
    return mapping.segment().asSlice(dataStart, end - dataStart);
  }

  /**
   * Writes the header, flushes, and gives the file its name. Tensors stay valid.
   *
   * @throws DataException if that fails; there is then no new file
   */
  public void finish(Map<String, String> metadata) {
    byte[] header = SafetensorsHeader.bytes(entries, metadata, dataStart);
    try {
      writeFully(ByteBuffer.wrap(header), 0);
      channel.truncate(end);
      channel.force(true);
      file.finish();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void discard() {
    try (file) {
      channel.close();
    } catch (IOException e) {
      // Nothing of it was to be kept.
    }
  }

  /** Ends writing; an unfinished file is gone once no tensor uses it. */
  @Override
  public void close() {
    discard();
    mapping.close();
  }
}
