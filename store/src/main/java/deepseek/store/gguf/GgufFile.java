package deepseek.store.gguf;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.QTensor;
import deepseek.compute.Tensor;
import deepseek.files.DataException;
import deepseek.store.ShardedWeights;
import deepseek.store.WeightInfo;
import deepseek.store.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A GGUF model: metadata and tensors, in one file or in shards.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufFile implements Weights {
  private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private final GgufMetadata metadata;
  private final List<GgufPart> parts;
  private final Weights tensors;

  private GgufFile(GgufMetadata metadata, List<GgufPart> parts, Weights tensors) {
    this.metadata = metadata;
    this.parts = parts;
    this.tensors = tensors;
  }

  /**
   * Maps a GGUF file of version 2 or 3. If it is a shard, {@code name-00001-of-00003.gguf}, all
   * other shards in its folder are mapped too.
   *
   * @throws DataException if a file is damaged or has another format, or a shard is missing
   */
  public static GgufFile open(Path path) {
    GgufPart part = GgufPart.open(path);
    try {
      if (part.metadata().whole("split.count").orElse(1) <= 1) {
        return new GgufFile(part.metadata(), List.of(part), part);
      }
    } catch (RuntimeException e) {
      part.close();
      throw e;
    }
    part.close();
    return openShards(path);
  }

  private static GgufFile openShards(Path path) {
    List<Path> files = shards(path);
    List<Path> missing = files.stream().filter(file -> !Files.exists(file)).toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          "open " + path,
          files.size() + " shards",
          missing.size() + " missing: " + missing.stream().map(Path::getFileName).toList(),
          "fetch the missing files into the same folder");
    }
    List<GgufPart> parts = new ArrayList<>();
    try {
      for (Path file : files) {
        parts.add(GgufPart.open(file));
      }
      ShardedWeights all = new ShardedWeights(path.toString(), parts);
      GgufMetadata metadata = parts.getFirst().metadata();
      long expected = metadata.whole("split.tensors.count").orElse(all.names().size());
      if (expected != all.names().size()) {
        throw new DataException(
            "open " + path,
            expected + " tensors in all shards",
            all.names().size() + " tensors",
            "fetch shards of one version again");
      }
      return new GgufFile(metadata, List.copyOf(parts), all);
    } catch (RuntimeException e) {
      parts.forEach(Weights::close);
      throw e;
    }
  }

  private static List<Path> shards(Path path) {
    Matcher name = SHARD.matcher(path.getFileName() + "");
    if (!name.matches()) {
      throw new DataException(
          "open " + path,
          "a shard's name that ends in -00001-of-0000N.gguf",
          "another name",
          "give the file back the name it was published under");
    }
    int count = Integer.parseInt(name.group(3));
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> "%s-%05d-of-%05d.gguf".formatted(name.group(1), i, count))
        .map(path::resolveSibling)
        .toList();
  }

  /** The metadata, of the first shard if there are several. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /** The paths of the file, or of all shards. */
  public List<Path> files() {
    return parts.stream().map(GgufPart::path).toList();
  }

  @Override
  public Set<String> names() {
    return tensors.names();
  }

  @Override
  public WeightInfo info(String name) {
    return tensors.info(name);
  }

  @Override
  public Tensor load(String name, DType dtype, Device device) {
    return tensors.load(name, dtype, device);
  }

  /**
   * Loads one slice along the first dimension, such as one expert of a layer, reading only its
   * bytes.
   *
   * @throws DataException if there is no such tensor or slice
   */
  public Tensor loadSlice(String name, long index, DType dtype, Device device) {
    for (GgufPart part : parts) {
      if (part.names().contains(name)) {
        return part.loadSlice(name, index, dtype, device);
      }
    }
    throw Weights.missing("the GGUF file", name, names());
  }

  @Override
  public Optional<QTensor.GgmlMatrix> stored(String name) {
    return tensors.stored(name);
  }

  /** One slice along the first dimension, like {@link #stored} for a whole tensor. */
  public Optional<QTensor.GgmlMatrix> storedSlice(String name, long index) {
    return parts.stream()
        .filter(part -> part.names().contains(name))
        .findFirst()
        .flatMap(part -> part.storedSlice(name, index));
  }

  @Override
  public void prefetch(Collection<String> names) {
    tensors.prefetch(names);
  }

  @Override
  public void release(Collection<String> names) {
    tensors.release(names);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
