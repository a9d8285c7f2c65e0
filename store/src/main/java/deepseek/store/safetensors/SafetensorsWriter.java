package deepseek.store.safetensors;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.AtomicFile;
import deepseek.files.DataException;
import deepseek.store.MappedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files, atomically. The same tensors give the same bytes, those of the
 * reference implementation: widest types first, then by name, data at a multiple of 8 bytes.
 */
public final class SafetensorsWriter {
  /** The size of shards in transformers: 5 GB. */
  public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

  private static final Map<String, String> PYTORCH = Map.of("format", "pt");
  private static final long CHUNK = 1 << 26;

  private SafetensorsWriter() {}

  /**
   * Writes one file.
   *
   * @throws DataException if it can't be written; an existing file is unchanged then
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(
        Comparator.comparing(
                (Map.Entry<String, Tensor> e) -> SafetensorsType.of(e.getValue().dtype()))
            .reversed()
            .thenComparing(Map.Entry::getKey));
    byte[] header = header(ordered, metadata);
    AtomicFile.write(
        file,
        channel -> {
          writeFully(channel, ByteBuffer.wrap(header));
          for (Map.Entry<String, Tensor> entry : ordered) {
            writeData(channel, entry.getValue());
          }
        });
  }

  /**
   * Writes a checkpoint like transformers: {@code model.safetensors} if it fits, else shards filled
   * in the order of {@code tensors}, and an index, last. Weight files of an earlier checkpoint in
   * the folder are deleted at the end.
   */
  public static void writeCheckpoint(Path folder, Map<String, Tensor> tensors, long maxShardBytes) {
    List<Map<String, Tensor>> shards = split(tensors, maxShardBytes);
    Set<String> written = new LinkedHashSet<>();
    if (shards.size() == 1) {
      write(folder.resolve(SafetensorsCheckpoint.SINGLE), tensors, PYTORCH);
      written.add(SafetensorsCheckpoint.SINGLE);
    } else {
      Map<String, String> shardOf = new TreeMap<>();
      for (int i = 0; i < shards.size(); i++) {
        String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
        write(folder.resolve(name), shards.get(i), PYTORCH);
        shards.get(i).keySet().forEach(tensor -> shardOf.put(tensor, name));
        written.add(name);
      }
      writeIndex(folder.resolve(SafetensorsCheckpoint.INDEX), shardOf, byteSize(tensors));
      written.add(SafetensorsCheckpoint.INDEX);
    }
    removeOthers(folder, written);
  }

  private static List<Map<String, Tensor>> split(Map<String, Tensor> tensors, long maxBytes) {
    List<Map<String, Tensor>> shards = new ArrayList<>();
    Map<String, Tensor> current = new LinkedHashMap<>();
    long filled = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      long bytes = byteSize(entry.getValue());
      if (!current.isEmpty() && filled + bytes > maxBytes) {
        shards.add(current);
        current = new LinkedHashMap<>();
        filled = 0;
      }
      current.put(entry.getKey(), entry.getValue());
      filled += bytes;
    }
    shards.add(current);
    return shards;
  }

  private static void writeIndex(Path file, Map<String, String> shardOf, long totalBytes) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putObject("metadata").put("total_size", totalBytes);
    ObjectNode map = root.putObject("weight_map");
    shardOf.forEach(map::put);
    AtomicFile.write(
        file, channel -> writeFully(channel, ByteBuffer.wrap(bytes(root.toPrettyString() + "\n"))));
  }

  private static void removeOthers(Path folder, Set<String> written) {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, "model{,-?????-of-?????}.safetensors{,.index.json}")) {
      for (Path file : files) {
        if (!written.contains(file.getFileName() + "")) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw DataException.ofFile(
          "write " + folder,
          "to remove the weights of an earlier checkpoint",
          "remove the model*.safetensors files that are not of the new one",
          e);
    }
  }

  private static byte[] header(
      List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata) {
    Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : ordered) {
      Tensor tensor = entry.getValue();
      long end = offset + byteSize(tensor);
      entries.put(
          entry.getKey(),
          new SafetensorsHeader.Entry(
              SafetensorsType.of(tensor.dtype()),
              Arrays.stream(tensor.shape()).boxed().toList(),
              offset,
              end));
      offset = end;
    }
    return SafetensorsHeader.bytes(entries, metadata);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static long byteSize(Map<String, Tensor> tensors) {
    return tensors.values().stream().mapToLong(SafetensorsWriter::byteSize).sum();
  }

  private static long byteSize(Tensor tensor) {
    return tensor.numel() * tensor.dtype().byteSize();
  }

  private static void writeData(FileChannel channel, Tensor tensor) throws IOException {
    if (tensor.numel() == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      MemorySegment data = MappedTensor.memory(tensor.detach().to(Device.CPU).contiguous());
      for (long at = 0; at < data.byteSize(); at += CHUNK) {
        long length = Math.min(CHUNK, data.byteSize() - at);
        writeFully(channel, data.asSlice(at, length).asByteBuffer());
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
