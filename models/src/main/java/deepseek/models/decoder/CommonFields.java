package deepseek.models.decoder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
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
    ConfigCheck.size("vocab_size", vocabSize);
    ConfigCheck.size("hidden_size", hiddenSize);
    ConfigCheck.size("num_hidden_layers", numHiddenLayers);
    ConfigCheck.size("max_position_embeddings", maxPositionEmbeddings);
    ConfigCheck.require(
        rmsNormEps >= 0 && Double.isFinite(rmsNormEps),
        "rms_norm_eps",
        "a finite number from 0",
        rmsNormEps);
    eosTokenIds = List.copyOf(eosTokenIds);
  }

  /** Reads and checks them. */
  public static CommonFields read(ConfigJson json) {
    return read(json, "hidden_act");
  }

  /** The same of a family that calls the activation by another name. */
  public static CommonFields read(ConfigJson json, String activation) {
    return new CommonFields(
        json.text("model_type"),
        json.size("vocab_size"),
        json.size("hidden_size"),
        json.size("num_hidden_layers"),
        Activation.ofName(activation, json.optionalText(activation).orElse("silu")),
        json.size("max_position_embeddings"),
        json.numberOr("rms_norm_eps", 1e-6),
        json.flagOr("tie_word_embeddings", false),
        json.ids("eos_token_id"));
  }

  /**
   * The beginning of a config.json, with what {@link #read} takes. {@code architecture} is the
   * class that Hugging Face opens the model with.
   */
  public ObjectNode toJson(String architecture) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.putArray("architectures").add(architecture);
    json.put("model_type", modelType);
    json.put("vocab_size", vocabSize);
    json.put("hidden_size", hiddenSize);
    json.put("num_hidden_layers", numHiddenLayers);
    json.put("hidden_act", hiddenAct.configName());
    json.put("max_position_embeddings", maxPositionEmbeddings);
    json.put("rms_norm_eps", rmsNormEps);
    json.put("tie_word_embeddings", tieWordEmbeddings);
    switch (eosTokenIds.size()) {
      // Absent would mean the class's own default.
      case 0 -> json.putNull("eos_token_id");
      case 1 -> json.put("eos_token_id", eosTokenIds.getFirst());
      default -> eosTokenIds.forEach(json.withArray("eos_token_id")::add);
    }
    return json;
  }
}
