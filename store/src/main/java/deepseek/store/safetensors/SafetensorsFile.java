package deepseek.store.safetensors;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.files.Mapping;
import deepseek.store.MappedTensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/**
 * A mapped safetensors file. Tensors of unsupported types (F4, F6, U16, C64, ...) are listed with
 * dtype UINT8, but can't be loaded.
 *
 * @see <a href="https://github.com/huggingface/safetensors">the format</a>
 */
public final class SafetensorsFile implements Weights {
  private final Mapping mapping;
  private final SafetensorsHeader header;

  private SafetensorsFile(Mapping mapping, SafetensorsHeader header) {
    this.mapping = mapping;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws DataException if it is not a complete, consistent safetensors file
   */
  public static SafetensorsFile open(Path path) {
    return Mapping.open(
        path,
        file -> new SafetensorsFile(file, SafetensorsHeader.read(file.fileName(), file.segment())));
  }

  /** The file's {@code __metadata__}, often {@code format=pt}. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** All tensors' bytes, in the order of {@link #names}; valid until closed. */
  public MemorySegment data() {
    return mapping.segment().asSlice(header.dataStart());
  }

  @Override
  public Set<String> names() {
    return header.entries().keySet();
  }

  @Override
  public WeightInfo info(String name) {
    SafetensorsHeader.Entry entry = entry(name);
    return new WeightInfo(
        name,
        entry.type().name(),
        entry.type().dtype().orElse(DType.UINT8),
        entry.shape(),
        entry.end() - entry.begin());
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    SafetensorsHeader.Entry entry = entry(name);
    DType stored =
        entry
            .type()
            .dtype()
            .orElseThrow(
                () ->
                    new DataException(
                        "load '" + name + "' from " + mapping.fileName(),
                        "one of " + SafetensorsType.loadable(),
                        entry.type().name(),
                        "convert the tensor to one of these types"));
    return new MappedTensor(mapping, entry.begin(), stored, entry.shape()).load(dtype, device);
  }

  @Override
  public void prefetch(Collection<String> names) {
    advise(names, Mapping.Advice.WILL_NEED);
  }

  @Override
  public void release(Collection<String> names) {
    advise(names, Mapping.Advice.DONT_NEED);
  }

  private void advise(Collection<String> names, Mapping.Advice advice) {
    for (String name : names) {
      SafetensorsHeader.Entry entry = entry(name);
      mapping.advise(advice, entry.begin(), entry.end() - entry.begin());
    }
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw Weights.missing(mapping.fileName(), name, names());
    }
    return entry;
  }

  @Override
  public void close() {
    mapping.close();
  }
}
