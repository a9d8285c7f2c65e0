package deepseek.models.bert;

import deepseek.compute.Tensor;
import deepseek.compute.TextPlanBuilder;
import deepseek.nn.Activation;
import deepseek.nn.LayerNorm;
import deepseek.nn.Linear;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import java.util.List;
import java.util.Optional;

/**
 * One post-norm layer: {@code h = norm(x + attention(x))}, {@code norm(h + W2 act(W1 h))}, all
 * linear maps with biases. [B, L, D] to [B, L, D].
 */
final class BertLayer extends Module {
  private final int numHeads;
  private final int headDim;
  private final Activation activation;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear output;
  private final LayerNorm attentionNorm;
  private final Linear up;
  private final Linear down;
  private final LayerNorm norm;

  BertLayer(BertConfig config, Parameters p) {
    int dim = config.hiddenSize();
    int inner = config.intermediateSize();
    this.numHeads = config.numAttentionHeads();
    this.headDim = dim / numHeads;
    this.activation = config.hiddenAct();
    this.query = linear(p, "attention.self.query", dim, dim);
    this.key = linear(p, "attention.self.key", dim, dim);
    this.value = linear(p, "attention.self.value", dim, dim);
    this.output = linear(p, "attention.output.dense", dim, dim);
    this.attentionNorm = norm(p, "attention.output.LayerNorm", config);
    this.up = linear(p, "intermediate.dense", dim, inner);
    this.down = linear(p, "output.dense", inner, dim);
    this.norm = norm(p, "output.LayerNorm", config);
  }

  private Linear linear(Parameters p, String name, int in, int out) {
    return child(name, Linear.biased(p.at(name), in, out));
  }

  private LayerNorm norm(Parameters p, String name, BertConfig config) {
    return child(name, LayerNorm.of(p.at(name), config.hiddenSize(), config.layerNormEps()));
  }

  /** {@code visible} is BOOL [B, 1, 1, L], true at tokens; empty when nothing is padded. */
  Tensor forward(Tensor xBLD, Optional<Tensor> visible) {
    Tensor hBLD = attentionNorm.forward(xBLD.add(attend(xBLD, visible)));
    Tensor inner = activation.apply(up.forward(hBLD));
    return norm.forward(hBLD.add(down.forward(inner)));
  }

  /** Plans this layer, which changes x [tokens, D] in place. */
  void plan(TextPlanBuilder plan, TextPlanBuilder.Values x) {
    List<TextPlanBuilder.Values> qkv =
        plan.products(x, List.of(query.planned(), key.planned(), value.planned()));
    TextPlanBuilder.Values seen =
        plan.attention(numHeads, scale(), qkv.get(0), qkv.get(1), qkv.get(2));
    plan.addProduct(seen, output.planned(), x);
    plan.norm(x, attentionNorm.planned());
    TextPlanBuilder.Values inner = plan.activated(x, up.planned(), activation.planned());
    plan.addProduct(inner, down.planned(), x);
    plan.norm(x, norm.planned());
  }

  private double scale() {
    return 1 / Math.sqrt(headDim);
  }

  private Tensor attend(Tensor xBLD, Optional<Tensor> visible) {
    Tensor qBNLH = heads(query.forward(xBLD));
    Tensor kBNLH = heads(key.forward(xBLD));
    Tensor vBNLH = heads(value.forward(xBLD));
    Tensor seen =
        visible.isPresent()
            ? qBNLH.attention(kBNLH, vBNLH, visible.get(), scale())
            : qBNLH.attention(kBNLH, vBNLH, scale());
    return output.forward(seen.transpose(1, 2).reshape(xBLD.shape()));
  }

  private Tensor heads(Tensor x) {
    return x.reshape(x.size(0), x.size(1), numHeads, headDim).transpose(1, 2);
  }
}
