package deepseek.store.onnx;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.files.Mapping;
import deepseek.files.ProtoCursor;
import deepseek.store.MappedTensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The initialisers of an ONNX file under Hugging Face names, linear weights as [out, in].
 *
 * <p>A weight stored as [in, out] is loaded as a transposed view. One quantised by ONNX Runtime is
 * dequantised.
 */
public final class OnnxWeights implements Weights {
  private final Mapping mapping;
  private final OnnxGraph graph;
  private final Map<String, OnnxNames.InitialiserRef> refs;

  OnnxWeights(Mapping mapping, OnnxGraph graph) {
    this.mapping = mapping;
    this.graph = graph;
    this.refs = OnnxNames.of(graph);
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(refs.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    OnnxTensor tensor = tensor(name);
    return new WeightInfo(
        name,
        tensor.type().name(),
        isQuantised(tensor) ? DType.FLOAT32 : tensor.type().dtype(),
        ref(name).transposed() ? tensor.shape().reversed() : tensor.shape(),
        tensor.byteSize());
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    OnnxTensor stored = tensor(name);
    boolean transposed = ref(name).transposed();
    if (transposed && stored.shape().size() != 2) {
      throw new DataException(
          "load '" + name + "' from " + mapping.fileName(),
          "a matrix",
          "shape " + stored.shape(),
          "export the encoder again");
    }
    try (Scope scope = Scope.open()) {
      Tensor values = isQuantised(stored) ? dequantise(stored) : values(stored);
      Tensor placed = values.to(dtype).to(device);
      return scope.keep(transposed ? placed.transpose(0, 1) : placed);
    }
  }

  private boolean isQuantised(OnnxTensor tensor) {
    return tensor.name().endsWith(Quantisation.VALUES);
  }

  private Tensor dequantise(OnnxTensor stored) {
    String whole =
        stored.name().substring(0, stored.name().length() - Quantisation.VALUES.length());
    Tensor scale = values(part(whole + Quantisation.SCALE, stored)).to(DType.FLOAT32);
    Tensor zero = values(part(whole + Quantisation.ZERO, stored)).to(DType.FLOAT32);
    return values(stored).to(DType.FLOAT32).sub(zero).mul(scale);
  }

  private OnnxTensor part(String name, OnnxTensor stored) {
    OnnxTensor part = graph.initialisers().get(name);
    long columns = stored.shape().isEmpty() ? 1 : stored.shape().getLast();
    if (part == null || !(part.shape().isEmpty() || part.shape().equals(List.of(columns)))) {
      throw new DataException(
          "load '" + stored.name() + "' from " + mapping.fileName(),
          "'" + name + "' with one value, or one to each of " + columns + " columns",
          part == null ? "no such tensor" : "shape " + part.shape(),
          "use the model's unquantised file");
    }
    return part;
  }

  private Tensor values(OnnxTensor stored) {
    DType dtype = stored.type().dtype();
    long[] dims = stored.shape().stream().mapToLong(Long::longValue).toArray();
    if (stored.raw().isPresent()) {
      return new MappedTensor(mapping, stored.raw().get().offset(), dtype, stored.shape())
          .load(dtype, Device.CPU);
    }
    if (stored.packed().isEmpty()) {
      return Tensor.empty(dtype, Device.CPU, dims);
    }
    ProtoCursor in =
        new ProtoCursor(
            "load '" + stored.name() + "' from " + mapping.fileName(),
            "ONNX model",
            mapping.segment(),
            stored.packed().get());
    int count = Math.toIntExact(WeightInfo.elements(stored.shape()));
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = in.rawVarint();
    }
    return Tensor.of(values).reshape(dims).to(dtype);
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
      tensor(name).raw().ifPresent(range -> mapping.advise(advice, range.offset(), range.length()));
    }
  }

  private OnnxNames.InitialiserRef ref(String name) {
    OnnxNames.InitialiserRef ref = refs.get(name);
    if (ref == null) {
      throw Weights.missing(mapping.fileName(), name, names());
    }
    return ref;
  }

  private OnnxTensor tensor(String name) {
    OnnxTensor tensor = graph.initialisers().get(ref(name).initialiser());
    if (tensor == null) {
      throw Weights.missing(mapping.fileName(), name, names());
    }
    return tensor;
  }

  @Override
  public void close() {
    mapping.close();
  }
}
