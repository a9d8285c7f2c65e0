package deepseek.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.hub.CachedModel;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Lists the models that are on this machine. */
@Command(
    name = "list",
    header = "List the models that are on this machine.",
    footer = {
      "",
      "Those in the caches, by the names that open them: the hub's, which other",
      "programs fill too, and those from packages. The size is that on the disk and",
      "includes packed weights. A model of the format 'other' can't be opened: its",
      "download is not finished, or its weights are none of safetensors, GGUF, ONNX.",
      "",
      "Examples:",
      "  deepseek list",
      "  deepseek list --json | jq -r '.models[] | select(.format == \"gguf\").name'",
    })
final class ListCommand implements Runnable {
  @Mixin Common common;
  @ParentCommand private Deepseek deepseek;

  @Option(names = "--json", description = "Print one JSON object; sizes are in bytes.")
  private boolean json;

  @Override
  public void run() {
    Console console = deepseek.console();
    LocalModels local = new LocalModels(console);
    List<CachedModel> models = local.cached().all();
    if (json) {
      console.out().println(json(models, local));
    } else if (models.isEmpty()) {
      console.err().println("No models are here; deepseek pull MODEL fetches one.");
    } else {
      print(models, local, console);
    }
  }

  private static void print(List<CachedModel> models, LocalModels local, Console console) {
    Columns table = new Columns("NAME", "FORMAT", "SIZE", "PACKED", "LAST USED", "ALIAS");
    for (CachedModel model : models) {
      long packed = LocalModels.bytes(local.packedFiles(model));
      table.add(
          model.source().toString(),
          model.format().toString(),
          Sizes.text(local.bytes(model)),
          packed == 0 ? "-" : Sizes.text(packed),
          Columns.time(model.lastUsed()),
          String.join(", ", LocalModels.aliases(model)));
    }
    table.print(console.out());
  }

  private static ObjectNode json(List<CachedModel> models, LocalModels local) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode all = json.putArray("models");
    for (CachedModel model : models) {
      ObjectNode entry = all.addObject().put("name", model.source().toString());
      LocalModels.aliases(model).forEach(entry.putArray("aliases")::add);
      entry.put("revision", model.revision()).put("format", model.format().toString());
      entry.put("bytes", local.bytes(model));
      entry.put("packed_bytes", LocalModels.bytes(local.packedFiles(model)));
      entry.put("last_used", model.lastUsed().toString());
      entry.put("path", model.root().orElse(model.folder()).toString());
    }
    return json;
  }
}
