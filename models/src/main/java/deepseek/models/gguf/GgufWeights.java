package deepseek.models.gguf;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Tensor;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import deepseek.store.gguf.GgufFile;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A GGUF file's tensors by their Hugging Face names. */
final class GgufWeights implements Weights {
  private final GgufFile file;
  private final GgufArchitecture architecture;
  private final long heads;
  private final long keyHeads;
  private final Map<String, String> ggufNames = new LinkedHashMap<>();

  GgufWeights(GgufFile file, GgufArchitecture architecture, long heads, long keyHeads) {
    this.file = file;
    this.architecture = architecture;
    this.heads = heads;
    this.keyHeads = keyHeads;
    for (String name : file.names()) {
      huggingFaceName(name).ifPresent(theirs -> ggufNames.put(theirs, name));
    }
  }

  private Optional<String> huggingFaceName(String name) {
    if (GgufArchitecture.SETTINGS.contains(name)) {
      return Optional.empty();
    }
    int end = name.lastIndexOf('.');
    String stem = end < 0 ? name : name.substring(0, end);
    String kind = name.substring(stem.length());
    String[] parts = stem.split("\\.", 3);
    if (parts.length == 3 && parts[0].equals("blk")) {
      String inner = architecture.layerNames.getOrDefault(parts[2], parts[2]);
      return Optional.of("model.layers." + parts[1] + "." + inner + kind);
    }
    return Optional.of(GgufArchitecture.OUTER_NAMES.getOrDefault(stem, stem) + kind);
  }

  private String ggufName(String name) {
    String theirs = ggufNames.get(name);
    if (theirs == null) {
      throw Weights.missing("the GGUF file", name, ggufNames.keySet());
    }
    return theirs;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(ggufNames.keySet());
  }

  @Override
  public WeightInfo info(String name) {
    WeightInfo i = file.info(ggufName(name));
    return new WeightInfo(name, i.storedType(), i.dtype(), i.shape(), i.byteSize());
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    Tensor stored = file.load(ggufName(name), dtype, device);
    if (name.contains("norm.weight")) {
      return switch (architecture.normWeight) {
        case FACTOR -> stored;
        case ONE_ADDED -> stored.sub(1);
      };
    }
    return switch (architecture.queryOrder) {
      case SPLIT -> stored;
      case PAIRED ->
          name.contains("self_attn.q_proj")
              ? split(stored, heads)
              : name.contains("self_attn.k_proj") ? split(stored, keyHeads) : stored;
    };
  }

  /** Rows that stand pair by pair, into first halves and then second halves of each head. */
  private static Tensor split(Tensor paired, long count) {
    long rows = paired.size(0);
    long columns = paired.numel() / rows;
    return paired
        .reshape(count, rows / count / 2, 2, columns)
        .transpose(1, 2)
        .reshape(paired.shape());
  }

  @Override
  public void prefetch(Collection<String> names) {
    file.prefetch(theirs(names));
  }

  @Override
  public void release(Collection<String> names) {
    file.release(theirs(names));
  }

  private List<String> theirs(Collection<String> names) {
    return names.stream().map(this::ggufName).toList();
  }

  @Override
  public void close() {
    file.close();
  }
}
