package deepseek.models.bert;

import deepseek.compute.DType;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.compute.TextPlan;
import deepseek.compute.TextPlanBuilder;
import deepseek.models.ConfigJson;
import deepseek.models.ModelException;
import deepseek.models.encoder.ClassificationHead;
import deepseek.models.encoder.Encoder;
import deepseek.models.encoder.EncoderFamily;
import deepseek.models.encoder.PlannedEncoder;
import deepseek.nn.Embedding;
import deepseek.nn.LayerNorm;
import deepseek.nn.Module;
import deepseek.nn.Parameters;
import deepseek.text.tokenizer.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Bidirectional encoder: {@code norm(word + type + position)}, then post-norm layers in which every
 * token sees all others.
 *
 * <p>Devlin et al., "BERT", 2018; Liu et al., "RoBERTa", 2019; Conneau et al., "XLM-R", 2019.
 */
public final class Bert extends Module implements Encoder {
  static final String WORDS = "embeddings.word_embeddings";

  private final BertConfig config;
  private final Embedding words;
  private final Embedding positions;
  private final Embedding types;
  private final LayerNorm norm;
  private final List<BertLayer> layers = new ArrayList<>();

  private Bert(BertConfig config, Parameters p) {
    int dim = config.hiddenSize();
    this.config = config;
    this.words = embedding(p, WORDS, config.vocabSize());
    this.positions = embedding(p, "embeddings.position_embeddings", config.maxPositionEmbeddings());
    this.types = embedding(p, "embeddings.token_type_embeddings", config.typeVocabSize());
    this.norm =
        child(
            "embeddings.LayerNorm",
            LayerNorm.of(p.at("embeddings.LayerNorm"), dim, config.layerNormEps()));
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      String name = "encoder.layer." + i;
      layers.add(child(name, new BertLayer(config, p.at(name))));
    }
  }

  private Embedding embedding(Parameters p, String name, int rows) {
    return child(name, Embedding.of(p.at(name), rows, config.hiddenSize()));
  }

  /** Takes the encoder's parameters from a checkpoint; those of any head are left alone. */
  public static Bert of(BertConfig config, Parameters checkpoint) {
    return build(
        () -> {
          PublishedNames names = PublishedNames.of(checkpoint);
          Bert encoder = new Bert(config, names);
          checkpoint.complete(names::isSpare);
          return encoder;
        });
  }

  /** Reads {@code bert}, {@code roberta} and {@code xlm-roberta} configs. */
  public static final class Family implements EncoderFamily {
    @Override
    public List<String> modelTypes() {
      return List.of("bert", "roberta", "xlm-roberta");
    }

    @Override
    public Encoder build(ConfigJson config, Parameters checkpoint) {
      return Bert.of(BertConfig.read(config), checkpoint);
    }

    @Override
    public ClassificationHead head(ConfigJson config, Parameters checkpoint, int labels) {
      int dim = BertConfig.read(config).hiddenSize();
      return config.text("model_type").equals("bert")
          ? ClassificationHead.of(
              config, checkpoint, "bert.pooler.dense", "classifier", dim, labels)
          : ClassificationHead.of(
              config, checkpoint, "classifier.dense", "classifier.out_proj", dim, labels);
    }
  }

  @Override
  public BertConfig config() {
    return config;
  }

  @Override
  public int vocabSize() {
    return config.vocabSize();
  }

  @Override
  public int typeVocabSize() {
    return config.typeVocabSize();
  }

  @Override
  public int hiddenSize() {
    return config.hiddenSize();
  }

  @Override
  public int maxLength() {
    return config.maxLength();
  }

  @Override
  public Tensor forward(Tensor idsBL, Tensor maskBL, Tensor typeIdsBL) {
    requireFitting(idsBL);
    requireShape("mask", maskBL, idsBL);
    requireShape("type ids", typeIdsBL, idsBL);
    try (var scope = Scope.open()) {
      Tensor embedded =
          words
              .forward(idsBL)
              .add(types.forward(typeIdsBL))
              .add(positions.forward(positionIds(idsBL)));
      Tensor x = norm.forward(embedded);
      Optional<Tensor> visible = visible(maskBL);
      for (BertLayer layer : layers) {
        Tensor y;
        try (var layerScope = Scope.open()) {
          y = layerScope.keep(layer.forward(x, visible));
        }
        x.close();
        x = y;
      }
      return scope.keep(x);
    }
  }

  @Override
  public PlannedEncoder plan(int maxTokens) {
    try (TextPlanBuilder plan = new TextPlanBuilder(maxTokens)) {
      TextPlanBuilder.Values x =
          plan.embeddings(List.of(words.weight(), types.weight(), positions.weight()));
      plan.norm(x, norm.planned());
      for (BertLayer layer : layers) {
        int mark = plan.mark();
        layer.plan(plan, x);
        plan.reuse(mark);
      }
      return new PlannedEncoder(plan.build(x), this::rows);
    }
  }

  private TextPlan.Text rows(EncodedText text) {
    return new TextPlan.Text(text.ids(), text.typeIds(), positions(text.ids()));
  }

  private int[] positions(int[] ids) {
    int[] rows = new int[ids.length];
    int counted = 0;
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          switch (config.positions()) {
            case FROM_ZERO -> i;
            case AFTER_PAD_ID ->
                config.padTokenId() + (ids[i] == config.padTokenId() ? 0 : ++counted);
          };
    }
    return rows;
  }

  private static Optional<Tensor> visible(Tensor maskBL) {
    Tensor tokens = maskBL.ne(0);
    boolean padded = tokens.all().to(DType.INT64).itemLong() == 0;
    return padded
        ? Optional.of(tokens.reshape(maskBL.size(0), 1, 1, maskBL.size(1)))
        : Optional.empty();
  }

  private Tensor positionIds(Tensor idsBL) {
    return switch (config.positions()) {
      case FROM_ZERO -> Tensor.arange(0, idsBL.size(1), idsBL.device()).unsqueeze(0);
      case AFTER_PAD_ID -> {
        Tensor counted = idsBL.ne(config.padTokenId()).to(DType.INT64);
        yield counted.cumsum(1).mul(counted).add(config.padTokenId());
      }
    };
  }

  /** One of another shape would be repeated without a word. */
  private static void requireShape(String what, Tensor inputBL, Tensor idsBL) {
    if (!Arrays.equals(inputBL.shape(), idsBL.shape())) {
      throw new ModelException(
          "run encoder",
          what + " of shape " + Arrays.toString(idsBL.shape()) + " as the ids have",
          "shape " + Arrays.toString(inputBL.shape()),
          "pass what the tokenizer's pad makes");
    }
  }

  private void requireFitting(Tensor idsBL) {
    if (idsBL.rank() != 2 || idsBL.numel() == 0 || idsBL.size(1) > maxLength()) {
      throw new ModelException(
          "run encoder",
          "token ids [B, L] with L from 1 to " + maxLength(),
          "shape " + Arrays.toString(idsBL.shape()),
          "cut the texts");
    }
  }
}
