package deepseek.hub;

import deepseek.files.AtomicFile;
import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Downloads one file to the cache's blobs: by one process at a time, resumed where an earlier
 * transfer stopped, and checked against its hash before it is renamed into place.
 */
final class HubDownload {
  static final int RANGE_NOT_SATISFIABLE = 416;
  private static final int PARTIAL = 206;
  private static final int BUFFER = 1 << 18;
  private static final long REPORT_STEP = 1 << 20;

  private final HubClient client;
  private final HubCache cache;
  private final HubOptions options;
  private final Progress progress;
  private final ModelSource.Hub source;
  private final HubClient.RemoteFile file;
  private final Path blobs;
  private final Path incomplete;

  /** The ETag of the bytes received so far; unknown for those of an earlier process. */
  private Optional<String> validator = Optional.empty();

  HubDownload(
      HubClient client,
      HubCache cache,
      HubOptions options,
      Progress progress,
      ModelSource.Hub source,
      HubClient.RemoteFile file) {
    this.client = client;
    this.cache = cache;
    this.options = options;
    this.progress = progress;
    this.source = source;
    this.file = file;
    this.blobs = cache.blobs();
    this.incomplete = cache.blob(file.etag() + ".incomplete");
  }

  /** The blob, downloaded unless it is cached. */
  Path fetch() {
    Path blob = cache.blob(file.etag());
    try {
      if (isWhole(blob)) {
        return blob;
      }
      try (ProcessLock lock =
          ProcessLock.acquire(
              cache.lockFile(file.etag()), name(), progress.waitingForAnother(name()))) {
        if (!isWhole(blob)) {
          Files.createDirectories(blobs);
          download(blob);
        }
        return blob;
      }
    } catch (IOException e) {
      throw cache.unusable(e);
    }
  }

  private boolean isWhole(Path blob) throws IOException {
    return Files.isRegularFile(blob) && (file.size() < 0 || Files.size(blob) == file.size());
  }

  private void download(Path blob) throws IOException {
    long present = length();
    if (file.size() >= 0) {
      DiskSpace.require(blobs, file.size() - present, name());
    }
    progress.report(new Progress.Started(name(), file.size()));
    transfer();
    if (present > 0 && wrongHash().isPresent()) {
      // The earlier process's part was corrupt: download the whole file again.
      restart();
      transfer();
    }
    Optional<String> wrong = wrongHash();
    if (wrong.isPresent()) {
      Files.deleteIfExists(incomplete);
      throw new DataException(
          "check " + name(),
          "the hash " + file.hash().map(StatedHash::hex).orElse(""),
          wrong.get(),
          "fetch it again; if it stays wrong, the mirror or the proxy damages files");
    }
    CacheFiles.sync(incomplete);
    AtomicFile.move(incomplete, blob);
    progress.report(new Progress.Finished(name()));
  }

  /** Transfers all bytes, over as many connections as it takes. */
  private void transfer() {
    Retries retries = new Retries(name(), options.patience(), progress);
    try {
      retries.call(
          () -> {
            long before = length();
            try {
              transferOnce();
              return length();
            } finally {
              if (length() > before) {
                retries.succeeded();
              }
            }
          });
    } catch (IOException e) {
      if (DiskSpace.ranOut(e)) {
        discard();
        throw DiskSpace.tooSmall(name(), file.size(), "a full disk", blobs);
      }
      throw e instanceof FileSystemException
          ? cache.unusable(e)
          : HubErrors.unreachable(name(), e, options);
    }
  }

  private void transferOnce() throws IOException {
    long offset = length();
    if (file.size() >= 0 && offset > file.size()) {
      restart();
      offset = 0;
    }
    if (offset == file.size() && offset > 0) {
      return;
    }
    try (Web.Answer answer = client.open(file, source, offset, validator)) {
      if (answer.status() == RANGE_NOT_SATISFIABLE) {
        restart();
        throw new IOException("the server has no bytes from " + offset + " on");
      }
      boolean continues =
          answer.status() == PARTIAL
              && answer.header("content-range").startsWith("bytes " + offset + "-");
      if (answer.status() == PARTIAL && !continues) {
        restart();
        throw new IOException("the server sent another range than asked for");
      }
      if (!continues) {
        restart();
      }
      validator = Optional.of(answer.header("etag")).filter(etag -> etag.startsWith("\""));
      copy(answer, continues ? offset : 0);
    }
  }

  private void copy(Web.Answer answer, long from) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long done = from;
    long reported = from;
    try (FileChannel out =
        FileChannel.open(
            incomplete,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND)) {
      for (int n = answer.body().read(buffer); n >= 0; n = answer.body().read(buffer)) {
        if (file.size() >= 0 && done + n > file.size()) {
          throw tooLong();
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        done += n;
        if (done - reported >= REPORT_STEP || done == file.size()) {
          reported = done;
          progress.report(new Progress.Advanced(name(), done, file.size()));
        }
      }
    }
    if (file.size() >= 0 && done < file.size()) {
      throw new IOException("the server ended after " + done + " of " + file.size() + " bytes");
    }
  }

  private DataException tooLong() {
    discard();
    return new DataException(
        "fetch " + name(),
        file.size() + " bytes",
        "more",
        "fetch it again; if it stays so, the mirror or the proxy damages files");
  }

  private long length() throws IOException {
    return Files.exists(incomplete) ? Files.size(incomplete) : 0;
  }

  private void restart() throws IOException {
    Files.deleteIfExists(incomplete);
    validator = Optional.empty();
  }

  private void discard() {
    try {
      Files.deleteIfExists(incomplete);
    } catch (IOException e) {
      throw cache.unusable(e);
    }
  }

  /** The hash of the received file if it differs from the stated one. */
  private Optional<String> wrongHash() throws IOException {
    if (file.hash().isEmpty()) {
      return Optional.empty();
    }
    StatedHash stated = file.hash().get();
    return Optional.of(stated.of(incomplete)).filter(actual -> !actual.equals(stated.hex()));
  }

  private String name() {
    return source.id() + "/" + file.name();
  }
}
