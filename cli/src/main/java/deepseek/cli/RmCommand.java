package deepseek.cli;

import deepseek.files.DataException;
import deepseek.files.ProcessLock;
import deepseek.hub.CachedModel;
import deepseek.hub.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Removes a model from the caches. */
@Command(
    name = "rm",
    header = "Remove a model and its packed weights from the caches.",
    footer = {
      "",
      "org/name means all revisions and files of the repository, org/name@revision and",
      "org/name:Q4_K_M one of them, a package without a version all of its versions, an",
      "alias all of its sources that are here. Content that another revision shares",
      "stays. The hub's cache is shared with other programs, which fetch again what",
      "they miss. Folders and files of your own are never removed, nor is a model that",
      "a server on this machine serves or a process is fetching.",
      "",
      "Examples:",
      "  deepseek rm smollm2:135m",
      "  deepseek rm org/name:Q4_K_M --yes",
    })
final class RmCommand implements Runnable {
  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      converter = Converters.ModelName.class,
      completionCandidates = Candidates.Models.class,
      description = "Hugging Face id, maven:..., pypi:... or alias.")
  private String model;

  @Option(
      names = {"-y", "--yes"},
      description = "Don't ask.")
  private boolean yes;

  @Override
  public void run() {
    Console console = deepseek.console();
    LocalModels local = new LocalModels(console);
    ModelSource source = ModelSource.parse(model);
    List<CachedModel> models = local.cached().matching(source);
    if (models.isEmpty()) {
      throw new CliException(
          "remove " + model,
          "a model in the caches",
          "none of that name",
          "deepseek list shows what is here");
    }
    requireUnserved(models, local, RunFolder.of(console).servers());
    List<ProcessLock> locks = packingLocks(models, local.cache());
    try {
      if (!yes && !isConfirmed(models, local, console)) {
        throw new CliException("remove " + model, "a yes", "none", "--yes removes without asking");
      }
      List<Path> packed = models.stream().flatMap(m -> local.packedElsewhere(m).stream()).toList();
      long freed = local.cached().remove(source) + delete(packed);
      console.out().println("Removed " + model + ", freed " + Sizes.text(freed));
    } finally {
      locks.forEach(ProcessLock::close);
    }
  }

  private static boolean isConfirmed(List<CachedModel> models, LocalModels local, Console console) {
    console.err().println("This removes:");
    for (CachedModel each : models) {
      console.err().printf("  %s  %s%n", Sizes.text(local.bytes(each)), each.source());
    }
    console.err().print("Remove? [y/N] ");
    console.err().flush();
    String answer = console.readLine().orElse("").strip().toLowerCase(Locale.ROOT);
    return answer.equals("y") || answer.equals("yes");
  }

  private void requireUnserved(
      List<CachedModel> models, LocalModels local, List<RunningServer> servers) {
    for (RunningServer server : servers) {
      for (RunningServer.Model served : server.models()) {
        if (models.stream().anyMatch(each -> local.isOpenedBy(served.source(), each))) {
          throw new CliException(
              "remove " + model,
              "that no running server serves it",
              "process %d at %s, which does".formatted(server.pid(), server.address()),
              "end it with deepseek stop " + server.pid());
        }
      }
    }
  }

  /** The right to write packed weights of these models, which a process holds while it does. */
  private List<ProcessLock> packingLocks(List<CachedModel> models, Path cache) {
    Path folder = cache.resolve(".locks");
    List<ProcessLock> held = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return held;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> isOfPacking(each, models)).toList()) {
        held.add(ProcessLock.tryAcquire(file).orElseThrow(this::isBeingPacked));
      }
    } catch (IOException e) {
      held.forEach(ProcessLock::close);
      throw DataException.ofFile("lock " + model, "a writable cache", "check its rights", e);
    } catch (CliException e) {
      held.forEach(ProcessLock::close);
      throw e;
    }
    return held;
  }

  private static boolean isOfPacking(Path lock, List<CachedModel> models) {
    String name = lock.getFileName().toString();
    return name.endsWith(".packed.lock")
        && models.stream()
            .flatMap(each -> each.root().stream())
            .anyMatch(root -> name.contains("-" + root.getFileName() + "."));
  }

  private CliException isBeingPacked() {
    return new CliException(
        "remove " + model,
        "that no process packs its weights",
        "one that does",
        "wait until it is done, or end it");
  }

  private static long delete(List<Path> files) {
    long freed = 0;
    for (Path file : files) {
      long bytes = file.toFile().length();
      try {
        freed += Files.deleteIfExists(file) ? bytes : 0;
      } catch (IOException e) {
        throw DataException.ofFile(
            "delete " + file, "a file that you may delete", "check its rights", e);
      }
    }
    return freed;
  }
}
