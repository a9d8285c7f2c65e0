package deepseek.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Ends a server that runs on this machine. */
@Command(
    name = "stop",
    header = "End a server that deepseek serve started.",
    footer = {
      "",
      "The server lets running answers end, for as long as its --drain says, and this",
      "waits for it. Without a port or process id, the only server that runs is meant.",
      "No process is ended that is not one of those that deepseek ps lists.",
      "",
      "Examples:",
      "  deepseek stop",
      "  deepseek stop 8080",
      "  deepseek stop 8080 --wait 5 --force",
    })
final class StopCommand implements Runnable {
  /** For what a server does after its last answer. */
  private static final Duration CLOSING = Duration.ofSeconds(10);

  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PORT|PID",
      description = "Its port or its process id.")
  private Optional<String> which;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for its end. Default: the server's --drain and 10.")
  private Optional<Integer> wait;

  @Option(names = "--force", description = "Kill it if it still runs then.")
  private boolean force;

  @Override
  public void run() {
    if (wait.filter(seconds -> seconds < 0).isPresent()) {
      throw Usage.wrong(spec, "--wait", "at least 0", wait.get() + "");
    }
    Optional<Long> number = which.map(this::number);
    RunningServer server = chosen(RunFolder.of(deepseek.console()).servers(), number);
    Duration patience = wait.map(Duration::ofSeconds).orElse(server.drain().plus(CLOSING));
    Optional<ProcessHandle> process = server.process();
    if (process.isPresent()) {
      end(process.get(), server, patience);
    }
    RunFolder.of(deepseek.console()).servers(); // cleans up after one that was killed
    deepseek.console().out().println("Stopped " + described(server));
  }

  private long number(String text) {
    if (!text.matches("\\d{1,18}")) {
      throw new ParameterException(
          spec.commandLine(), "PORT|PID: expected a whole number, got '" + text + "'");
    }
    return Long.parseLong(text);
  }

  private static RunningServer chosen(List<RunningServer> servers, Optional<Long> number) {
    List<RunningServer> meant =
        servers.stream()
            .filter(
                server ->
                    number.isEmpty()
                        || server.port() == number.get()
                        || server.pid() == number.get())
            .toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    String of = number.map(n -> " with the port or process id " + n).orElse("");
    throw new CliException(
        "stop a server",
        "one that runs" + of,
        meant.isEmpty()
            ? "none"
            : meant.stream().map(StopCommand::described).collect(Collectors.joining("; ")),
        meant.isEmpty() ? "deepseek ps lists those that run" : "name its port or process id");
  }

  private static String described(RunningServer server) {
    return "process %d at %s".formatted(server.pid(), server.address());
  }

  private void end(ProcessHandle process, RunningServer server, Duration patience) {
    if (!process.destroy() && process.isAlive()) {
      throw new CliException(
          "stop " + described(server),
          "the right to end it",
          "a refusal of the system",
          "ask as its user");
    }
    deepseek
        .console()
        .err()
        .printf(
            "Told %s to end; running answers have %d s.%n",
            described(server), server.drain().toSeconds());
    if (hasEnded(process, patience)) {
      return;
    }
    if (force) {
      process.destroyForcibly();
      if (hasEnded(process, CLOSING)) {
        return;
      }
    }
    throw new CliException(
        "stop " + described(server),
        "its end within %d s".formatted(patience.toSeconds()),
        "it runs",
        force ? "look what holds it" : "wait for it, or use --force");
  }

  private static boolean hasEnded(ProcessHandle process, Duration patience) {
    try {
      process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return !process.isAlive();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
