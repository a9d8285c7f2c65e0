package deepseek.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Lists the servers that run on this machine. */
@Command(
    name = "ps",
    header = "List the servers that deepseek serve started and that still run.",
    footer = {
      "",
      "Those of this machine and this cache folder (DEEPSEEK_CACHE). A server with keys",
      "says how many requests it answers if the key is in DEEPSEEK_API_KEY.",
      "",
      "Examples:",
      "  deepseek ps",
      "  deepseek ps --json | jq '.servers[].port'",
    })
final class PsCommand implements Runnable {
  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    List<RunningServer> servers = RunFolder.of(console).servers();
    Optional<String> key = console.environment().text("DEEPSEEK_API_KEY");
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode array = all.putArray("servers");
    Columns table = new Columns("PID", "ADDRESS", "SINCE", "REQUESTS", "MODELS");
    for (RunningServer server : servers) {
      OptionalInt requests = requests(server, key);
      ObjectNode entry = server.json();
      if (requests.isPresent()) {
        entry.put("requests", requests.getAsInt());
      } else {
        entry.putNull("requests");
      }
      array.add(entry);
      table.add(
          Long.toString(server.pid()),
          server.address(),
          Columns.time(server.started()),
          requests.isPresent() ? Integer.toString(requests.getAsInt()) : "?",
          server.models().stream()
              .map(RunningServer.Model::name)
              .collect(Collectors.joining(", ")));
    }
    if (json) {
      console.out().println(all);
    } else if (servers.isEmpty()) {
      console.err().println("No server runs; deepseek serve MODEL starts one.");
    } else {
      table.print(console.out());
    }
  }

  private static OptionalInt requests(RunningServer server, Optional<String> key) {
    try {
      return RequestsInFlight.of(server, key);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OptionalInt.empty();
    }
  }
}
