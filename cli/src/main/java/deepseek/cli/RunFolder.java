package deepseek.cli;

import deepseek.files.AtomicFile;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The servers that run on this machine: a file {@code PID.json} for each, in {@code run} of the
 * cache folder. Files of processes that have ended, killed ones for instance, are deleted when
 * someone looks.
 */
record RunFolder(Path folder) {
  private static final Pattern NAME = Pattern.compile("\\d{1,18}\\.json");

  /** A server's file, which closing deletes. */
  interface Entry extends AutoCloseable {
    @Override
    void close();
  }

  static RunFolder of(Console console) {
    return new RunFolder(console.environment().ownCache().resolve("run"));
  }

  /** Adds a server. */
  Entry enter(RunningServer server) {
    Path file = folder.resolve(server.pid() + ".json");
    byte[] text = (server.json().toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer rest = ByteBuffer.wrap(text);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
        });
    return () -> delete(file);
  }

  /** Servers whose processes run, by process id. */
  List<RunningServer> servers() {
    List<RunningServer> running = new ArrayList<>();
    for (Path file : files()) {
      Optional<RunningServer> server = read(file);
      if (server.flatMap(RunningServer::process).isPresent()) {
        running.add(server.get());
      } else {
        delete(file);
      }
    }
    return running;
  }

  private List<Path> files() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new CliException(
          "look for running servers",
          "a readable folder " + folder,
          e.toString(),
          "check its rights, or set DEEPSEEK_CACHE",
          e);
    }
  }

  /** A file is written whole, so one that can't be read is nobody's; its name must be its own. */
  private static Optional<RunningServer> read(Path file) {
    try {
      return RunningServer.of(StrictJson.object("read " + file, Files.readAllBytes(file)))
          .filter(server -> file.endsWith(server.pid() + ".json"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw DataException.ofFile("read " + file, "a file of a running server", "delete it", e);
    } catch (DataException e) {
      return Optional.empty();
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return; // It is ignored all the same.
    }
  }
}
