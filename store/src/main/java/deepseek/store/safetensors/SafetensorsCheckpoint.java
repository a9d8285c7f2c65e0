package deepseek.store.safetensors;

import deepseek.files.DataException;
import deepseek.store.ShardedWeights;
import deepseek.store.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model's safetensors weights, in one file or in shards with an index. */
public final class SafetensorsCheckpoint {
  private static final System.Logger LOG = System.getLogger(SafetensorsCheckpoint.class.getName());

  static final String SINGLE = "model.safetensors";
  static final String INDEX = SINGLE + SafetensorsIndex.SUFFIX;

  private SafetensorsCheckpoint() {}

  /** Whether a folder contains weights that {@link #open} finds. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX));
  }

  /**
   * Opens {@code model.safetensors}, or the shards that {@code model.safetensors.index.json} names.
   *
   * <p>The tensors are those in the shards: one that only the index lists, as for weights omitted
   * when saving, is reported as missing only when it is requested.
   *
   * @param path a model's folder, a safetensors file, or an index
   * @throws DataException if there are none, a shard is missing, or a file is damaged
   */
  public static Weights open(Path path) {
    if (!Files.isDirectory(path)) {
      return path.toString().endsWith(SafetensorsIndex.SUFFIX)
          ? openShards(path)
          : SafetensorsFile.open(path);
    }
    if (Files.exists(path.resolve(SINGLE))) {
      return SafetensorsFile.open(path.resolve(SINGLE));
    }
    if (Files.exists(path.resolve(INDEX))) {
      return openShards(path.resolve(INDEX));
    }
    throw new DataException(
        "open " + path,
        SINGLE + " or " + INDEX,
        "a folder without them",
        "point to a folder with safetensors weights");
  }

  /** The files that {@link #open} reads. */
  public static List<Path> files(Path path) {
    boolean isFolder = Files.isDirectory(path);
    Path single = isFolder ? path.resolve(SINGLE) : path;
    if (Files.exists(single) && !single.toString().endsWith(SafetensorsIndex.SUFFIX)) {
      return List.of(single);
    }
    Path indexFile = isFolder ? path.resolve(INDEX) : path;
    List<Path> files = new ArrayList<>(List.of(indexFile));
    for (String shard : index(indexFile).shards()) {
      files.add(indexFile.resolveSibling(shard));
    }
    return files;
  }

  private static SafetensorsIndex index(Path file) {
    return SafetensorsIndex.parse(file.getFileName() + "", bytes(file));
  }

  private static Weights openShards(Path indexFile) {
    SafetensorsIndex index = index(indexFile);
    List<Path> shards = index.shards().stream().map(indexFile::resolveSibling).toList();
    List<Path> missing = shards.stream().filter(shard -> !Files.exists(shard)).toList();
    if (!missing.isEmpty()) {
      throw new DataException(
          "open " + indexFile,
          shards.size() + " shards",
          missing.size() + " missing: " + missing.stream().map(Path::getFileName).toList(),
          "fetch the model again");
    }
    List<SafetensorsFile> parts = new ArrayList<>();
    try {
      for (Path shard : shards) {
        parts.add(SafetensorsFile.open(shard));
      }
      Weights all = new ShardedWeights(indexFile.toString(), parts);
      warnOfMissing(indexFile, index, all);
      return all;
    } catch (RuntimeException e) {
      parts.forEach(Weights::close);
      throw e;
    }
  }

  private static void warnOfMissing(Path indexFile, SafetensorsIndex index, Weights all) {
    List<String> missing =
        index.shardOf().keySet().stream().filter(name -> !all.names().contains(name)).toList();
    if (!missing.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} names {1} tensors that no shard holds, such as {2}",
          indexFile,
          missing.size(),
          missing.getFirst());
    }
  }

  private static byte[] bytes(Path indexFile) {
    try {
      return Files.readAllBytes(indexFile);
    } catch (IOException e) {
      throw DataException.ofFile(
          "open " + indexFile, "a readable file", "check the path and your rights", e);
    }
  }
}
