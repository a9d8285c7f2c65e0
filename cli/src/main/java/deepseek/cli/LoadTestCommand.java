package deepseek.cli;

import deepseek.bench.load.LoadPlan;
import deepseek.bench.load.LoadResult;
import deepseek.bench.load.LoadTest;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Puts an OpenAI-compatible server under load and prints what its callers see. */
@Command(
    name = "load-test",
    header = "Put a server under load.",
    footer = {
      "",
      "Requests of mixed lengths go to URL/v1/completions, greedy and streamed, the",
      "same for the same --seed. With --rate they arrive at random times, whether",
      "earlier ones are answered or not; with --clients each client waits for its",
      "answer. Latencies count from when a request was due. Only addresses of this",
      "machine.",
      "",
      "Examples:",
      "  deepseek load-test http://127.0.0.1:8080 --model smollm2:135m --clients 16",
      "  deepseek load-test http://127.0.0.1:8080 --model m --rate 4 --requests 200",
    })
final class LoadTestCommand implements Runnable {
  @Mixin private Common common;
  @ParentCommand private Deepseek deepseek;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "URL", description = "The server, as http://127.0.0.1:8080.")
  private URI url;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "The model, as the server calls it. Default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many. Default: ${DEFAULT-VALUE}.")
  private int requests;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Requests that arrive in a second, on average.")
  private Optional<Double> rate;

  @Option(
      names = "--clients",
      paramLabel = "N",
      description = "Clients that each wait for their answer. Default without --rate: 16.")
  private Optional<Integer> clients;

  @Option(
      names = "--prompt",
      paramLabel = "A-B",
      defaultValue = "32-512",
      description = "Words of a prompt. Default: ${DEFAULT-VALUE}.")
  private String prompt;

  @Option(
      names = "--answer",
      paramLabel = "A-B",
      defaultValue = "16-128",
      description = "Tokens of an answer. Default: ${DEFAULT-VALUE}.")
  private String answer;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Of lengths, words and times. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "A file with the key to send.")
  private Optional<Path> apiKeyFile;

  @Option(names = "--json", description = "Print one line of JSON.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    requireLoopback();
    LoadPlan plan =
        new LoadPlan(
            requests,
            rate.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            rate.isPresent() && clients.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(clients.orElse(16)),
            LoadPlan.Range.parse(prompt),
            LoadPlan.Range.parse(answer),
            seed);
    Optional<String> key = apiKeyFile.map(file -> TextFile.read(file).strip());
    int tenth = Math.max(1, requests / 10);
    LoadResult result =
        new LoadTest(url, model, key)
            .run(
                plan,
                done -> {
                  if (done % tenth == 0 && (!json || common.isVerbose())) {
                    console.err().println(done + " of " + requests + " answered");
                  }
                });
    if (json) {
      console.out().println(result.json());
    } else {
      print(console.out(), result);
    }
    if (result.answered() == 0) {
      throw new CliException(
          "load-test " + url,
          "answers",
          result.errors().toString(),
          "check the address, --model and --api-key-file");
    }
  }

  /** Load that nobody asked for is an attack. */
  private void requireLoopback() {
    String host = Optional.ofNullable(url.getHost()).orElse("");
    if (!List.of("127.0.0.1", "localhost", "[::1]").contains(host)) {
      throw Usage.wrong(
          spec, "URL", "an address of this machine, as http://127.0.0.1:8080", url.toString());
    }
  }

  private static void print(PrintWriter out, LoadResult result) {
    out.printf(
        Locale.ROOT,
        "%d answered in %.1f s: %.1f requests/s, %.1f output tokens/s, %.1f prompt tokens/s%n",
        result.answered(),
        result.seconds(),
        result.answered() / result.seconds(),
        result.answerTokensPerSecond(),
        result.promptTokens() / result.seconds());
    result.errors().forEach((what, count) -> out.printf("%d failed: %s%n", count, what));
    out.printf("%-20s %9s %9s %9s %9s%n", "milliseconds", "p50", "p95", "p99", "max");
    row(out, "to first token", result.firstToken());
    row(out, "between tokens", result.betweenTokens());
    row(out, "whole answer", result.whole());
  }

  private static void row(PrintWriter out, String name, LoadResult.Percentiles seconds) {
    out.printf(
        Locale.ROOT,
        "%-20s %9.1f %9.1f %9.1f %9.1f%n",
        name,
        1000 * seconds.p50(),
        1000 * seconds.p95(),
        1000 * seconds.p99(),
        1000 * seconds.most());
  }
}
