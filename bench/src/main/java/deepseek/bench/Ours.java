package deepseek.bench;

import deepseek.compute.Device;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Timings;
import deepseek.models.generate.TokenGenerator;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Our side of a comparison: greedy, never ending early, nothing kept between runs. */
final class Ours implements AutoCloseable {
  private final Decoder decoder;
  private final TokenGenerator generator;

  /** One run's tokens and times. */
  record Run(int[] ids, Timings timings) {}

  Ours(Path model, ModelOptions options) {
    decoder = AutoModel.fromPretrained(model.toString(), options);
    generator =
        new TokenGenerator(decoder, Device.CPU, Set.of(), decoder.config().maxPositionEmbeddings());
  }

  Run run(int[] prompt, int newTokens) {
    generator.forget();
    GenerationOptions options = GenerationOptions.defaults().withMaxNewTokens(newTokens);
    var answer = generator.generate(List.of(prompt), options, (row, id) -> true).getFirst();
    return new Run(answer.ids(), answer.timings());
  }

  @Override
  public void close() {
    generator.close();
    decoder.close();
  }
}
