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
 * A safetensors file of UINT8 tensors that are appended one by one and are mapped for reading
 * immediately. It is renamed into place when it is {@link #finish finished}: until then, or if it
 * is closed before, an old file of that name stays.
 *
 * <p>Space for the header is reserved at the beginning, in whole pages, so that tensors whose sizes
 * are multiples of 64 stay aligned to 64 bytes. Requires a system on which later writes to a file
 * are visible in its mapping, such as Linux and macOS.
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

  /** Receives a tensor's bytes. */
  public interface Sink {
    /** Writes bytes at {@code offset} from the tensor's start. Thread-safe. */
    void write(long offset, MemorySegment bytes) throws IOException;
  }

  /** The content of a tensor. */
  public interface Filling {
    /** Writes all bytes of the tensor to {@code sink}, in any order. */
    void fill(Sink sink) throws IOException;
  }

  /**
   * Creates an unfinished file.
   *
   * @param headerBytes the maximum size of the header
   * @param dataBytes the maximum total size of all tensors; not reserved on the disk
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
   * @throws DataException if the disk is full or fails; the file is then unusable, but tensors
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

  /** Shapes by name, in file order. */
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
   * Writes the header, calls fsync, and renames the file into place. Tensors stay valid.
   *
   * @throws DataException if that fails; the target is unchanged then
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
      // The file is discarded anyway.
    }
  }

  /** Stops writing; an unfinished file is deleted when no tensor uses it any more. */
  @Override
  public void close() {
    discard();
    mapping.close();
  }
}
