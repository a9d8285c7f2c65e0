package deepseek.models.deepseek;

import deepseek.models.ConfigJson;
import deepseek.models.decoder.CommonFields;
import deepseek.nn.GatedMlp;
import deepseek.nn.Parameters;
import deepseek.nn.moe.Experts;
import deepseek.nn.moe.MixtureOfExperts;
import deepseek.nn.moe.Router;

/**
 * The mixture of experts of a DeepSeek {@code config.json}, under the names there. {@code
 * nSharedExperts} 0 stands for null: none.
 */
public record MixtureFields(
    int intermediateSize,
    int moeIntermediateSize,
    int nRoutedExperts,
    int nSharedExperts,
    int numExpertsPerTok,
    int firstKDenseReplace,
    int moeLayerFreq,
    boolean normTopkProb) {

  static MixtureFields read(ConfigJson json) {
    MixtureFields fields =
        new MixtureFields(
            json.size("intermediate_size"),
            json.size("moe_intermediate_size"),
            json.size("n_routed_experts"),
            json.countOr("n_shared_experts", 0),
            json.size("num_experts_per_tok"),
            json.countOr("first_k_dense_replace", 0),
            json.sizeOr("moe_layer_freq", 1),
            json.flagOr("norm_topk_prob", false));
    if (fields.numExpertsPerTok > fields.nRoutedExperts) {
      throw json.wrong(
          "num_experts_per_tok",
          "at most n_routed_experts " + fields.nRoutedExperts,
          String.valueOf(fields.numExpertsPerTok),
          "use config and weights of one model");
    }
    return fields;
  }

  boolean isMixture(int layer) {
    return layer >= firstKDenseReplace && layer % moeLayerFreq == 0;
  }

  Router.Settings router(int hiddenSize) {
    return Router.Settings.of(
        hiddenSize, nRoutedExperts, numExpertsPerTok, Router.Weights.shares(normTopkProb));
  }

  GatedMlp dense(CommonFields common, Parameters mlp) {
    return GatedMlp.of(settings(common, intermediateSize), mlp);
  }

  /** Routed experts, and the shared ones as one network as wide as all of them together. */
  MixtureOfExperts mixture(CommonFields common, Router router, Parameters mlp) {
    Experts experts =
        Experts.of(nRoutedExperts, settings(common, moeIntermediateSize), mlp.at("experts"));
    if (nSharedExperts == 0) {
      return MixtureOfExperts.of(router, experts);
    }
    long shared = (long) moeIntermediateSize * nSharedExperts;
    return MixtureOfExperts.of(
        router, experts, GatedMlp.of(settings(common, shared), mlp.at("shared_experts")));
  }

  private static GatedMlp.Settings settings(CommonFields common, long hidden) {
    return GatedMlp.Settings.of(common.hiddenSize(), hidden, common.hiddenAct());
  }
}
