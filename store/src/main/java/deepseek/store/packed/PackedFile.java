package deepseek.store.packed;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.store.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A mapped file of packed weights from an earlier load: safetensors of UINT8 [block rows, blocks,
 * bytes], with this metadata in its header:
 *
 * <pre>
 * packed.key      its inputs, see {@link PackedKey}
 * packed.pieces   checksums of the tensors' bytes, see {@link Pieces}
 * packed.header   SHA-256 of these two and of all names and shapes, in order
 * </pre>
 *
 * Everything is verified on opening, which takes about as long as reading the file from memory
 * once.
 */
public final class PackedFile implements AutoCloseable {
  static final String KEY = "packed.key";
  static final String PIECES = "packed.pieces";
  static final String HEADER = "packed.header";

  private final SafetensorsFile file;

  private PackedFile(SafetensorsFile file) {
    this.file = file;
  }

  /**
   * Maps and verifies a file.
   *
   * @throws DataException if the file can't be read, is damaged, or has another key
   */
  public static PackedFile open(Path path, PackedKey key) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      requireKey(path, file, key);
      requireWhole(path, file);
      return new PackedFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void requireKey(Path path, SafetensorsFile file, PackedKey key) {
    Optional<String> change = key.changeSince(file.metadata().getOrDefault(KEY, ""));
    if (change.isPresent()) {
      throw new DataException(
          "open " + path,
          "weights packed from the model as it is",
          "those from before a change of " + change.get(),
          "pack them again");
    }
  }

  private static void requireWhole(Path path, SafetensorsFile file) {
    String key = file.metadata().getOrDefault(KEY, "");
    String pieces = file.metadata().getOrDefault(PIECES, "");
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (String name : file.names()) {
      shapes.put(name, file.info(name).shape());
    }
    boolean whole =
        header(key, pieces, shapes).equals(file.metadata().get(HEADER))
            && pieces.equals(Pieces.checksums(file.data()));
    if (!whole) {
      throw new DataException(
          "open " + path, "bytes as they were written", "others", "pack the weights again");
    }
  }

  /** The value of {@link #HEADER}. */
  static String header(String key, String pieces, Map<String, List<Long>> shapes) {
    Digest digest = new Digest().add(key).add(pieces);
    shapes.forEach((name, shape) -> digest.add(name).add(shape.toString()));
    return digest.hex();
  }

  /**
   * A weight's bytes, a view of the file in the innermost scope; empty if there is none with this
   * name and shape.
   */
  public Optional<Tensor> tensor(String name, long[] shape) {
    boolean known =
        file.names().contains(name)
            && file.info(name).dtype() == DType.UINT8
            && Arrays.equals(file.info(name).dims(), shape);
    return known ? Optional.of(file.load(name, DType.UINT8, Device.CPU)) : Optional.empty();
  }

  /** Closes the file; tensors obtained from it stay valid. */
  @Override
  public void close() {
    file.close();
  }
}
