package deepseek.store.gguf;

import deepseek.GgmlType;
import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.QTensor;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.files.Mapping;
import deepseek.store.MappedTensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One GGUF file: a whole model or a shard of one. */
final class GgufPart implements Weights {
  private final Mapping mapping;
  private final GgufHeader header;

  private GgufPart(Mapping mapping, GgufHeader header) {
    this.mapping = mapping;
    this.header = header;
  }

  static GgufPart open(Path path) {
    return Mapping.open(
        path, file -> new GgufPart(file, GgufHeader.read(file.fileName(), file.segment())));
  }

  Path path() {
    return mapping.path();
  }

  GgufMetadata metadata() {
    return header.metadata();
  }

  @Override
  public Set<String> names() {
    return header.tensors().keySet();
  }

  @Override
  public WeightInfo info(String name) {
    GgufHeader.Entry entry = entry(name);
    return new WeightInfo(
        name,
        entry.type().name(),
        PlainTypes.of(entry.type()).orElse(DType.FLOAT32),
        entry.shape(),
        entry.byteSize());
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return load(entry(name), dtype, device);
  }

  /** See {@link GgufFile#loadSlice}. */
  Tensor loadSlice(String name, long index, DType dtype, Device device) {
    return load(slice(name, index), dtype, device);
  }

  private GgufHeader.Entry slice(String name, long index) {
    GgufHeader.Entry entry = entry(name);
    long count = entry.shape().size() < 2 ? 0 : entry.shape().getFirst();
    if (index < 0 || index >= count) {
      throw new DataException(
          "load slice " + index + " of '" + name + "' from " + mapping.fileName(),
          "an index below " + count,
          "shape " + entry.shape(),
          "check that the configuration belongs to these weights");
    }
    long bytes = entry.byteSize() / count;
    List<Long> shape = entry.shape().subList(1, entry.shape().size());
    return new GgufHeader.Entry(entry.type(), shape, entry.begin() + index * bytes, bytes);
  }

  @Override
  public Optional<QTensor.GgmlMatrix> stored(String name) {
    return stored(entry(name));
  }

  /** See {@link GgufFile#storedSlice}. */
  Optional<QTensor.GgmlMatrix> storedSlice(String name, long index) {
    return stored(slice(name, index));
  }

  private Optional<QTensor.GgmlMatrix> stored(GgufHeader.Entry entry) {
    if (entry.shape().size() != 2
        || BlockDecoder.of(entry.type()).isEmpty()
        || entry.byteSize() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new QTensor.GgmlMatrix(
            entry.type(),
            mapping.segment().asSlice(entry.begin(), entry.byteSize()),
            entry.shape().get(0),
            entry.shape().get(1),
            Optional.empty()));
  }

  private Tensor load(GgufHeader.Entry entry, DType dtype, Device device) {
    return BlockDecoder.of(entry.type())
        .map(decoder -> decode(entry, decoder, dtype, device))
        .orElseGet(() -> plain(entry).load(dtype, device));
  }

  private MappedTensor plain(GgufHeader.Entry entry) {
    return new MappedTensor(
        mapping, entry.begin(), PlainTypes.of(entry.type()).orElseThrow(), entry.shape());
  }

  private Tensor decode(GgufHeader.Entry entry, BlockDecoder decoder, DType dtype, Device device) {
    DType written = Decoding.writes(dtype) ? dtype : DType.FLOAT32;
    try (Scope scope = Scope.open()) {
      long[] shape = entry.shape().stream().mapToLong(Long::longValue).toArray();
      Tensor decoded = Tensor.empty(written, Device.CPU, shape);
      if (entry.byteSize() > 0) {
        MemorySegment packed = mapping.segment().asSlice(entry.begin(), entry.byteSize());
        GgmlType type = entry.type();
        new Decoding(decoder, type.blockSize(), type.blockBytes(), written)
            .decode(packed, MappedTensor.memory(decoded));
      }
      return scope.keep(decoded.to(dtype).to(device));
    }
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
      GgufHeader.Entry entry = entry(name);
      mapping.advise(advice, entry.begin(), entry.byteSize());
    }
  }

  private GgufHeader.Entry entry(String name) {
    GgufHeader.Entry entry = header.tensors().get(name);
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
