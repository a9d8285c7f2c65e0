package deepseek.models.decoder;

import deepseek.models.ConfigJson;
import deepseek.nn.Activation;
import java.util.List;

/** The fields of config.json that every decoder family has. */
public record CommonFields(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int numHiddenLayers,
    Activation hiddenAct,
    int maxPositionEmbeddings,
    double rmsNormEps,
    boolean tieWordEmbeddings,
    List<Integer> eosTokenIds) {

  public CommonFields {
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  public static CommonFields read(ConfigJson json) {
    return new CommonFields(
        json.text("model_type"),
        json.size("vocab_size"),
        json.size("hidden_size"),
        json.size("num_hidden_layers"),
        Activation.ofName(
            json.optionalText("hidden_activation")
                .or(() -> json.optionalText("hidden_act"))
                .orElse("silu")),
        json.size("max_position_embeddings"),
        json.numberOr("rms_norm_eps", 1e-6),
        json.flagOr("tie_word_embeddings", false),
        json.ids("eos_token_id"));
  }
}
