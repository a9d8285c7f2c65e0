package deepseek.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What files take on the disk, links followed, and when one of them was last read or written. */
record DiskUse(long bytes, Instant lastUsed) {
  /** Files that vanish meanwhile count nothing. */
  static DiskUse of(Collection<Path> files) {
    Set<Object> seen = new HashSet<>();
    long bytes = 0;
    Instant last = Instant.EPOCH;
    for (Path file : files) {
      try {
        BasicFileAttributes about = Files.readAttributes(file, BasicFileAttributes.class);
        bytes += seen.add(key(file, about)) ? about.size() : 0;
        last = later(later(last, about.lastAccessTime().toInstant()), modified(about));
      } catch (IOException e) {
        // It is not there any more.
      }
    }
    return new DiskUse(bytes, last);
  }

  private static Instant modified(BasicFileAttributes about) {
    return about.lastModifiedTime().toInstant();
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  /** The same for all links to the same content. */
  static Object key(Path file) throws IOException {
    return key(file, Files.readAttributes(file, BasicFileAttributes.class));
  }

  private static Object key(Path file, BasicFileAttributes about) throws IOException {
    return Objects.requireNonNullElse(about.fileKey(), file.toRealPath());
  }

  /** All files below a folder, links to files included, links to folders not followed. */
  static List<Path> filesBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
