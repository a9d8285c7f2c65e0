package deepseek.store.packed;

import deepseek.compute.PackedLayout;
import deepseek.files.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The inputs of packed weights: a file with another key is stale.
 *
 * <p>For each input file: its size, its modification time, and a hash of its beginning, its end,
 * and samples in between, since reading all of it would take as long as packing it. Permissions,
 * links and other changes of its inode don't matter.
 *
 * @param parts values by description; hashes are hexadecimal
 */
public record PackedKey(Map<String, String> parts) {
  private static final int ENDS = 1 << 16;
  private static final int SAMPLE = 1 << 12;
  private static final int SAMPLES = 16;
  private static final String BETWEEN = "\t";

  public PackedKey {
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /**
   * Computes the key of input files.
   *
   * @param files the weights, and the files that determine how they are read
   * @param way how they are packed, apart from the packer's own code
   * @throws DataException if a file can't be read
   */
  public static PackedKey of(List<Path> files, String way) {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put(
        "this program's way of packing", new Digest().add(PackedLayout.packingSource()).hex());
    parts.put("the quantisation", way);
    for (Path file : files) {
      try {
        addFile(parts, file);
      } catch (IOException e) {
        throw DataException.ofFile(
            "look at " + file, "a readable file", "check that it is still there", e);
      }
    }
    return new PackedKey(parts);
  }

  private static void addFile(Map<String, String> parts, Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    parts.put("the time of writing of " + name, Files.getLastModifiedTime(file).toString());
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      parts.put("the size of " + name, String.valueOf(size));
      Digest digest = new Digest();
      add(digest, channel, 0, ENDS);
      for (int i = 1; i <= SAMPLES; i++) {
        add(digest, channel, size / (SAMPLES + 1) * i, SAMPLE);
      }
      add(digest, channel, Math.max(0, size - ENDS), ENDS);
      parts.put("the content of " + name, digest.hex());
    }
  }

  /** A line per part, which {@link #changeSince} parses. */
  String text() {
    return parts.entrySet().stream()
        .map(part -> part.getKey() + BETWEEN + part.getValue())
        .collect(Collectors.joining("\n"));
  }

  /** A description of the difference to an earlier file's key; empty if there is none. */
  Optional<String> changeSince(String earlier) {
    if (earlier.equals(text())) {
      return Optional.empty();
    }
    Set<String> before = Set.copyOf(earlier.lines().toList());
    List<String> changed =
        parts.entrySet().stream()
            .filter(part -> !before.contains(part.getKey() + BETWEEN + part.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    if (changed.size() == parts.size()) {
      return Optional.of("this program or the model");
    }
    return Optional.of(changed.isEmpty() ? "the list of files" : String.join(", ", changed));
  }

  private static void add(Digest digest, FileChannel channel, long at, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) > 0) {}
    bytes.flip();
    byte[] read = new byte[bytes.remaining()];
    bytes.get(read);
    digest.add(read);
  }
}
