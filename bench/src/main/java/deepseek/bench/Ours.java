package deepseek.bench;

import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import deepseek.models.generate.Answer;
import deepseek.models.generate.Engine;
import deepseek.models.generate.EngineConfig;
import deepseek.models.generate.Timings;
import deepseek.models.generate.TokenRequest;
import java.nio.file.Path;
import java.util.Set;

/** Our side of a comparison: greedy, never ending early, nothing kept between runs. */
final class Ours implements AutoCloseable {
  private final Decoder decoder;
  private final Engine engine;

  /** One run's tokens and times. */
  record Run(int[] ids, Timings timings) {}

  Ours(Path model, ModelOptions options) {
    decoder = AutoModel.fromPretrained(model.toString(), options);
    engine =
        Engine.open(
            decoder,
            Set.of(),
            decoder.config().maxPositionEmbeddings(),
            EngineConfig.defaults().withKeptBytes(0));
  }

  Run run(int[] prompt, int newTokens) {
    Answer answer = engine.submit(TokenRequest.of(prompt).withMaxNewTokens(newTokens)).result();
    return new Run(answer.ids(), answer.timings());
  }

  @Override
  public void close() {
    engine.close();
    decoder.close();
  }
}
