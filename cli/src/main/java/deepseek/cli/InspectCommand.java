package deepseek.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.hub.ModelHub;
import deepseek.hub.ModelLocation;
import deepseek.models.Checkpoint;
import deepseek.models.PackedPlace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows what a model is made of, from its headers alone. */
@Command(
    name = "inspect",
    header = "Show a model's config, parameters and memory at each precision.",
    footer = {
      "",
      "Reads headers only, so a model of any size is shown at once. A number in the",
      "names becomes * where tensors are alike: layers, experts.",
      "",
      "Examples:",
      "  deepseek inspect smollm2:135m",
      "  deepseek inspect ./my-model/",
      "  deepseek inspect model-Q4_K_M.gguf --verbose      the whole config",
      "  deepseek inspect smollm2:135m --json | jq .memory_bytes",
    })
final class InspectCommand implements Runnable {
  private static final int LONGEST_VALUE = 60;

  @Mixin private Common common;
  @Mixin private ModelArgument model;
  @ParentCommand private Deepseek deepseek;

  @Option(names = "--json", description = "Print one JSON object; sizes are in bytes.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    try (DownloadBar bar = new DownloadBar(console)) {
      ModelLocation location = new ModelHub(model.hub(), bar).resolve(model.id());
      bar.close();
      try (Checkpoint checkpoint = Checkpoint.open(location.root())) {
        ParameterTable table = ParameterTable.of(checkpoint.weights());
        if (json) {
          console.out().println(json(location, checkpoint, table));
        } else {
          print(console.out(), location, checkpoint, table);
        }
      }
    }
  }

  private ObjectNode json(ModelLocation location, Checkpoint checkpoint, ParameterTable table) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", location.root().toString());
    json.put("source", location.source().toString()).put("revision", location.revision());
    json.set("config", checkpoint.config().json());
    ArrayNode parameters = json.putArray("parameters");
    for (ParameterTable.Row row : table.rows()) {
      ObjectNode entry = parameters.addObject().put("name", row.name()).put("count", row.count());
      ArrayNode shape = entry.putArray("shape");
      row.shape().forEach(shape::add);
      entry.put("type", row.storedType());
      entry.put("values", row.elements()).put("file_bytes", row.byteSize());
    }
    json.putObject("total")
        .put("tensors", table.tensors())
        .put("values", table.elements())
        .put("file_bytes", table.byteSize());
    ObjectNode memory = json.putObject("memory_bytes");
    table.memory().forEach(memory::put);
    ArrayNode packed = json.putArray("packed_files");
    packedFiles(location).forEach(file -> packed.add(file.toString()));
    return json;
  }

  private void print(
      PrintWriter out, ModelLocation location, Checkpoint checkpoint, ParameterTable table) {
    out.println("Model     " + location.root());
    out.println("Source    " + location.source() + ", " + location.revision());
    config(out, checkpoint);
    parameters(out, table);
    memory(out, table);
    List<Path> packed = packedFiles(location);
    if (!packed.isEmpty()) {
      out.println("Packed weights, which a start maps; made again when deleted");
    }
    packed.forEach(file -> out.printf("  %s  %s%n", Sizes.text(file.toFile().length()), file));
  }

  private void config(PrintWriter out, Checkpoint checkpoint) {
    out.println("Config");
    for (var field : checkpoint.config().json().properties()) {
      String value = text(field.getValue());
      boolean isLong = value.length() > LONGEST_VALUE;
      if (common.isVerbose() || !isLong) {
        out.printf("  %-28s %s%n", field.getKey(), value);
      } else {
        out.printf("  %-28s %s...%n", field.getKey(), value.substring(0, LONGEST_VALUE));
      }
    }
  }

  private static String text(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString();
  }

  private static void parameters(PrintWriter out, ParameterTable table) {
    int width = table.rows().stream().mapToInt(row -> row.name().length()).max().orElse(1);
    String format = "  %-" + width + "s %5s  %-16s %-8s %9s %10s%n";
    out.println("Parameters");
    out.printf(format, "name", "count", "shape", "type", "values", "in file");
    for (ParameterTable.Row row : table.rows()) {
      out.printf(
          format,
          row.name(),
          row.count(),
          row.shape().stream().map(String::valueOf).collect(Collectors.joining(" x ")),
          row.storedType(),
          Sizes.withPrefix((double) row.elements()).strip(),
          Sizes.text(row.byteSize()));
    }
    out.printf(
        format,
        "total",
        table.tensors(),
        "",
        "",
        Sizes.withPrefix((double) table.elements()).strip(),
        Sizes.text(table.byteSize()));
  }

  private static void memory(PrintWriter out, ParameterTable table) {
    out.println("Memory of the weights");
    table.memory().forEach((type, bytes) -> out.printf("  %-5s %s%n", type, Sizes.text(bytes)));
    out.println("  int8 and int4: matrices in blocks of 32 with one FP16 scale, the rest in bf16");
  }

  private List<Path> packedFiles(ModelLocation location) {
    try {
      return PackedPlace.existing(location.root(), model.hub().packageCache());
    } catch (IOException e) {
      throw new CliException(
          "look for packed weights",
          "a folder that can be listed",
          e.toString(),
          "check its rights",
          e);
    }
  }
}
