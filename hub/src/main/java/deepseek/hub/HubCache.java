package deepseek.hub;

import deepseek.files.AtomicFile;
import deepseek.files.DataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One repository in huggingface_hub's cache, which other programs read and write too:
 *
 * <pre>
 * models--ORG--NAME/refs/main                    the commit of a branch or tag
 * models--ORG--NAME/blobs/HASH                   a file's content
 * models--ORG--NAME/snapshots/COMMIT/FILE        a relative link to it; a copy where links fail
 * models--ORG--NAME/trees/COMMIT.json            all files of a commit
 * models--ORG--NAME/.no_exist/COMMIT/FILE        a file that loaders ask for and the commit lacks
 * .locks/models--ORG--NAME/HASH.lock             held while that content is downloaded
 * </pre>
 */
final class HubCache {
  private static final String CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n";

  private final HubOptions options;
  private final String repository;
  private final Path folder;

  HubCache(HubOptions options, String id) {
    this.options = options;
    this.repository = "models--" + id.replace("/", "--");
    this.folder = options.hubCache().resolve(repository);
  }

  Path folder() {
    return folder;
  }

  /** Where the locks of its downloads are. */
  Path locks() {
    return options.hubCache().resolve(".locks").resolve(repository);
  }

  Path blobs() {
    return folder.resolve("blobs");
  }

  Path blob(String etag) {
    return blobs().resolve(etag);
  }

  Path lockFile(String etag) {
    return locks().resolve(etag + ".lock");
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  Path file(String commit, String name) {
    return SafePath.resolve(snapshot(commit), name, repository);
  }

  /** The commit of a revision when it was last fetched. */
  Optional<String> commit(String revision) {
    if (HubListing.COMMIT.matcher(revision).matches()) {
      return Optional.of(revision);
    }
    Path ref = folder.resolve("refs").resolve(revision);
    if (!Files.isRegularFile(ref)) {
      return Optional.empty();
    }
    return Optional.of(text(ref).strip()).filter(c -> HubListing.COMMIT.matcher(c).matches());
  }

  void putCommit(String revision, String commit) {
    if (!revision.equals(commit) && !commit(revision).equals(Optional.of(commit))) {
      write(folder.resolve("refs").resolve(revision), commit);
    }
  }

  /** The record of a commit's files, if huggingface_hub or this program made one. */
  Optional<HubListing> listing(String commit) {
    Path tree = tree(commit);
    if (!Files.isRegularFile(tree)) {
      return Optional.empty();
    }
    try {
      return HubListing.fromTree(commit, text(tree).getBytes(StandardCharsets.UTF_8));
    } catch (DataException e) {
      // An unreadable record is treated as missing; the next fetch replaces it.
      return Optional.empty();
    }
  }

  void putListing(HubListing listing) {
    if (listing.isDetailed() && listing(listing.commit()).isEmpty()) {
      write(tree(listing.commit()), listing.toTree().toPrettyString());
    }
  }

  private Path tree(String commit) {
    return folder.resolve("trees").resolve(commit + ".json");
  }

  /** Records files that the commit doesn't have, so that other programs don't request them. */
  void putAbsent(String commit, List<String> names) {
    for (String name : names) {
      Path marker = folder.resolve(".no_exist").resolve(commit).resolve(name);
      if (!Files.exists(marker)) {
        write(marker, "");
      }
    }
  }

  /** Marks the cache for backup programs, as huggingface_hub does. */
  void prepare() {
    Path tag = options.hubCache().resolve("CACHEDIR.TAG");
    if (!Files.exists(tag)) {
      write(tag, CACHEDIR_TAG);
    }
  }

  boolean has(String commit, String name) {
    return SafePath.isSafe(name) && Files.isRegularFile(file(commit, name));
  }

  /** Names of the files that a snapshot has. */
  List<String> names(String commit) {
    Path snapshot = snapshot(commit);
    if (!Files.isDirectory(snapshot)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(snapshot)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw unusable(e);
    }
  }

  /** Links a blob as a file of a snapshot. */
  void link(String commit, String name, Path blob) throws IOException {
    Path pointer = file(commit, name);
    Path parent = Objects.requireNonNull(pointer.getParent());
    Files.createDirectories(parent);
    if (Files.isRegularFile(pointer)) {
      return;
    }
    Files.deleteIfExists(pointer);
    boolean linked =
        (options.links() == HubOptions.Links.SYMBOLIC
                && tryLink(
                    pointer, () -> Files.createSymbolicLink(pointer, parent.relativize(blob))))
            || tryLink(pointer, () -> Files.createLink(pointer, blob));
    if (!linked) {
      copy(blob, pointer);
    }
  }

  /** Creates a link. */
  @FunctionalInterface
  private interface Linking {
    Path make() throws IOException;
  }

  /** False if the user lacks permission for such links, or the file system doesn't support them. */
  private static boolean tryLink(Path pointer, Linking linking) throws IOException {
    try {
      linking.make();
      return true;
    } catch (FileAlreadyExistsException e) {
      if (Files.isRegularFile(pointer)) {
        return true;
      }
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      return false;
    }
  }

  private static void copy(Path blob, Path pointer) throws IOException {
    Path temporary = pointer.resolveSibling(pointer.getFileName() + "." + CacheFiles.shortId());
    try {
      Files.copy(blob, temporary);
      AtomicFile.move(temporary, pointer);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private static void write(Path file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  DataException unusable(Exception e) {
    boolean isFile =
        Files.exists(options.hubCache(), LinkOption.NOFOLLOW_LINKS)
            && !Files.isDirectory(options.hubCache());
    return new DataException(
        "use the hub cache " + options.hubCache(),
        "a readable and writable folder",
        isFile ? "a file" : e.toString(),
        "check its rights, or set HF_HUB_CACHE to another folder",
        e);
  }
}
