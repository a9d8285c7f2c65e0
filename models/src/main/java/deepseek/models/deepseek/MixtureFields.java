package deepseek.models.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.ConfigCheck;
import deepseek.models.ConfigJson;
import deepseek.models.decoder.CommonFields;
import deepseek.nn.GatedMlp;
import deepseek.nn.Linear;
import deepseek.nn.Parameters;
import deepseek.nn.moe.Experts;
import deepseek.nn.moe.MixtureOfExperts;
import deepseek.nn.moe.Router;

/**
 * The mixture of experts of a DeepSeek {@code config.json}, under the names there. {@code
 * nSharedExperts} 0 is null there: none.
 */
public record MixtureFields(
    int intermediateSize,
    int moeIntermediateSize,
    int nRoutedExperts,
    int nSharedExperts,
    int numExpertsPerTok,
    int firstKDenseReplace,
    int moeLayerFreq,
    boolean normTopkProb,
    Linear.Bias mlpBias) {

  public MixtureFields {
    ConfigCheck.size("intermediate_size", intermediateSize);
    ConfigCheck.size("moe_intermediate_size", moeIntermediateSize);
    ConfigCheck.size("n_routed_experts", nRoutedExperts);
    ConfigCheck.count("n_shared_experts", nSharedExperts);
    ConfigCheck.size("num_experts_per_tok", numExpertsPerTok);
    ConfigCheck.count("first_k_dense_replace", firstKDenseReplace);
    ConfigCheck.size("moe_layer_freq", moeLayerFreq);
    ConfigCheck.require(
        numExpertsPerTok <= nRoutedExperts,
        "num_experts_per_tok",
        "at most n_routed_experts " + nRoutedExperts,
        numExpertsPerTok);
  }

  static MixtureFields read(ConfigJson json) {
    return read(json, Linear.Bias.NONE);
  }

  /** {@code mlpBias} is that of dense and shared networks; routed experts have none. */
  static MixtureFields read(ConfigJson json, Linear.Bias mlpBias) {
    return new MixtureFields(
        json.size("intermediate_size"),
        json.size("moe_intermediate_size"),
        json.size("n_routed_experts"),
        json.countOr("n_shared_experts", 0),
        json.size("num_experts_per_tok"),
        json.countOr("first_k_dense_replace", 0),
        json.sizeOr("moe_layer_freq", 1),
        json.flagOr("norm_topk_prob", false),
        mlpBias);
  }

  /** Adds what {@link #read} takes. */
  void writeTo(ObjectNode json) {
    json.put("intermediate_size", intermediateSize);
    json.put("moe_intermediate_size", moeIntermediateSize);
    json.put("n_routed_experts", nRoutedExperts);
    json.put("n_shared_experts", nSharedExperts);
    json.put("num_experts_per_tok", numExpertsPerTok);
    json.put("first_k_dense_replace", firstKDenseReplace);
    json.put("moe_layer_freq", moeLayerFreq);
    json.put("norm_topk_prob", normTopkProb);
    json.put("mlp_bias", mlpBias == Linear.Bias.ADDED);
  }

  boolean isMixture(int layer) {
    return layer >= firstKDenseReplace && layer % moeLayerFreq == 0;
  }

  Router.Settings router(int hiddenSize) {
    return Router.Settings.of(
        hiddenSize, nRoutedExperts, numExpertsPerTok, Router.Weights.shares(normTopkProb));
  }

  GatedMlp dense(CommonFields common, Parameters mlp) {
    return GatedMlp.of(settings(common, intermediateSize).withBias(mlpBias), mlp);
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
        router,
        experts,
        GatedMlp.of(settings(common, shared).withBias(mlpBias), mlp.at("shared_experts")));
  }

  private static GatedMlp.Settings settings(CommonFields common, long hidden) {
    return GatedMlp.Settings.of(common.hiddenSize(), hidden, common.hiddenAct());
  }
}
