package deepseek.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.hub.ModelSource;
import deepseek.serve.shelf.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A server that {@code deepseek serve} started.
 *
 * @param started when its process did, so that a later process with the same id is not taken for it
 * @param address the beginning of its URLs
 * @param drain how long running answers may go on when it is told to end
 */
record RunningServer(
    long pid, Instant started, String address, int port, Duration drain, List<Model> models) {

  /** Systems count a process's start in ticks since their own, which they know roughly. */
  private static final Duration SAME_START = Duration.ofSeconds(2);

  /**
   * A model that a server serves.
   *
   * @param name by which requests ask for it
   * @param source of its files; paths are absolute
   */
  record Model(String name, String source, String task) {
    static Model of(ServedModel served) {
      String source =
          switch (ModelSource.parse(served.source())) {
            case ModelSource.Folder(Path path) -> path.toAbsolutePath().normalize().toString();
            case ModelSource.SingleFile(Path path) -> path.toAbsolutePath().normalize().toString();
            case ModelSource.Hub hub -> hub.toString();
            case ModelSource.Maven maven -> maven.toString();
            case ModelSource.PyPi pypi -> pypi.toString();
            case ModelSource.Alias alias -> alias.toString();
          };
      return new Model(served.name(), source, served.task().name().toLowerCase(Locale.ROOT));
    }
  }

  RunningServer {
    models = List.copyOf(models);
  }

  static RunningServer ofThisProcess(String address, int port, Duration drain, List<Model> models) {
    ProcessHandle self = ProcessHandle.current();
    Instant started = self.info().startInstant().orElse(Instant.EPOCH);
    return new RunningServer(self.pid(), started, address, port, drain, models);
  }

  /** Its process, if that still runs. */
  Optional<ProcessHandle> process() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(
            process ->
                process
                    .info()
                    .startInstant()
                    .map(at -> Duration.between(at, started).abs().compareTo(SAME_START) <= 0)
                    .orElse(false));
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pid", pid).put("started", started.toString());
    json.put("address", address).put("port", port).put("drain_seconds", drain.toSeconds());
    ArrayNode served = json.putArray("models");
    for (Model model : models) {
      served
          .addObject()
          .put("name", model.name())
          .put("source", model.source())
          .put("task", model.task());
    }
    return json;
  }

  /** What {@link #json} wrote; empty if it is something else. */
  static Optional<RunningServer> of(JsonNode json) {
    try {
      List<Model> models = new ArrayList<>();
      for (JsonNode model : json.path("models")) {
        models.add(new Model(text(model, "name"), text(model, "source"), text(model, "task")));
      }
      return Optional.of(
          new RunningServer(
              json.path("pid").asLong(),
              Instant.parse(text(json, "started")),
              text(json, "address"),
              json.path("port").asInt(),
              Duration.ofSeconds(json.path("drain_seconds").asLong()),
              models));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String text(JsonNode json, String field) {
    return json.path(field).asText();
  }
}
