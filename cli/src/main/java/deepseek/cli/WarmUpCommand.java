package deepseek.cli;

import deepseek.compute.Libtorch;
import deepseek.models.AutoModel;
import deepseek.models.CausalLm;
import deepseek.models.generate.GenerationOptions;
import deepseek.text.chat.ChatMessage;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Does once what every start does; the build runs it while the JDK records its ahead-of-time cache.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Runnable {
  private static final int TOKENS = 16;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL")
  private String model;

  @Option(names = "--libtorch", description = "Unpack and load libtorch too.")
  private boolean libtorch;

  @Override
  public void run() {
    spec.parent().commandLine().getUsageMessage();
    if (libtorch) {
      Libtorch.load();
    }
    try (CausalLm lm = AutoModel.causalLm(model)) {
      lm.chat(
          List.of(ChatMessage.user("the sky")),
          GenerationOptions.defaults().withMaxNewTokens(TOKENS),
          text -> {});
    }
  }
}
