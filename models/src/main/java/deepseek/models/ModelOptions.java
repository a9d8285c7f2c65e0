package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.Machine;
import deepseek.compute.QTensor;
import deepseek.hub.HubOptions;
import deepseek.hub.Progress;
import deepseek.models.generate.EngineConfig;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a model is loaded.
 *
 * @param dtype of weights and activations; empty takes bfloat16 where the CPU multiplies it in
 *     hardware or the device is a GPU, else float32
 * @param memoryBudget bytes that weights may take at a time; empty for no limit
 * @param contextLength tokens of prompt and answer together; empty takes the model's own
 * @param quantization empty takes {@link QuantizationConfig#AS_STORED} on the CPU where neither a
 *     dtype nor a memory budget is asked for
 * @param packedFiles whether the next start finds packed weights in a file
 * @param kvCache how keys and values are kept
 * @param threads of one operation, of every model in this process, from the time that this one is
 *     opened; empty leaves {@link Machine#threads()}, by default one for each core
 * @param engine how a language model is shared between the requests of several threads
 */
public record ModelOptions(
    Optional<DType> dtype,
    Device device,
    OptionalLong memoryBudget,
    OptionalInt contextLength,
    Optional<QuantizationConfig> quantization,
    PackedFiles packedFiles,
    KvCacheType kvCache,
    OptionalInt threads,
    EngineConfig engine,
    HubOptions hub,
    Progress progress) {

  private static final String QUANTISE = "quantise a model";
  private static final String KEEP_IN_BYTES = "keep keys and values in 8 bits";

  public ModelOptions {
    dtype.ifPresent(ModelOptions::requireFloating);
    if (memoryBudget.isPresent() && memoryBudget.getAsLong() < 1) {
      throw new ModelException(
          "set the memory budget",
          "at least 1 byte",
          memoryBudget.getAsLong() + "",
          "leave it out for no limit");
    }
    if (isPacked(quantization)) {
      requireCpu(QUANTISE, device, memoryBudget);
    }
    if (kvCache == KvCacheType.INT8) {
      requireCpu(KEEP_IN_BYTES, device, memoryBudget);
    }
    if (contextLength.isPresent() && contextLength.getAsInt() < 2) {
      throw new ModelException(
          "set the context length",
          "at least 2 tokens",
          contextLength.getAsInt() + "",
          "leave it out for the model's own");
    }
    if (threads.isPresent()
        && (threads.getAsInt() < 1 || threads.getAsInt() > Machine.MOST_THREADS)) {
      throw new ModelException(
          "set threads",
          "1 to " + Machine.MOST_THREADS,
          threads.getAsInt() + "",
          "leave it out for one for each core");
    }
  }

  private static boolean isPacked(Optional<QuantizationConfig> quantization) {
    return quantization.filter(QuantizationConfig::packs).isPresent();
  }

  private static void requireCpu(String operation, Device device, OptionalLong budget) {
    if (device.type() != Device.Type.CPU || budget.isPresent()) {
      throw new ModelException(
          operation,
          "the CPU and no memory budget",
          budget.isPresent() ? "a memory budget" : device.toString(),
          "leave one of the two out");
    }
  }

  /** Throws where this machine can't do what is asked for. */
  void requireKernels() {
    if ((isPacked(quantization) || kvCache == KvCacheType.INT8) && !QTensor.isSupported()) {
      throw new ModelException(
          kvCache == KvCacheType.INT8 ? KEEP_IN_BYTES : QUANTISE,
          "kernels for this processor",
          "none",
          "install a C compiler, or leave the option out");
    }
  }

  private static void requireFloating(DType dtype) {
    if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
      throw new ModelException(
          "load a model", "float32, bfloat16 or float16", dtype.torchName(), "choose one of these");
    }
  }

  /** On the CPU, with what the environment says about the hub, in silence. */
  public static ModelOptions defaults() {
    return new ModelOptions(
        Optional.empty(),
        Device.CPU,
        OptionalLong.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        PackedFiles.fromEnvironment(),
        KvCacheType.MODEL,
        OptionalInt.empty(),
        EngineConfig.defaults(),
        HubOptions.fromEnvironment(),
        Progress.SILENT);
  }

  /** With weights and activations of this type, nothing packed. */
  public ModelOptions withDtype(DType value) {
    return new ModelOptions(
        Optional.of(value),
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** On this device. */
  public ModelOptions withDevice(Device value) {
    return new ModelOptions(
        dtype,
        value,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** With at most so many bytes of weights in memory: layers come and go. */
  public ModelOptions withMemoryBudget(long bytes) {
    return new ModelOptions(
        dtype,
        device,
        OptionalLong.of(bytes),
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** With room for so many tokens of prompt and answer together. */
  public ModelOptions withContextLength(int tokens) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        OptionalInt.of(tokens),
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** With weights packed like this. */
  public ModelOptions withQuantization(QuantizationConfig value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        Optional.of(value),
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** With packed weights kept for the next start, or not. */
  public ModelOptions withPackedFiles(PackedFiles value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        value,
        kvCache,
        threads,
        engine,
        hub,
        progress);
  }

  /** With keys and values kept like this. */
  public ModelOptions withKvCache(KvCacheType value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        value,
        threads,
        engine,
        hub,
        progress);
  }

  /** With this many threads for each operation, set for the whole process when a model opens. */
  public ModelOptions withThreads(int count) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        OptionalInt.of(count),
        engine,
        hub,
        progress);
  }

  /** With a language model that is shared between requests like this. */
  public ModelOptions withEngine(EngineConfig value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        value,
        hub,
        progress);
  }

  /** With models fetched like this. */
  public ModelOptions withHub(HubOptions value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        value,
        progress);
  }

  /** With downloads reported to {@code value}. */
  public ModelOptions withProgress(Progress value) {
    return new ModelOptions(
        dtype,
        device,
        memoryBudget,
        contextLength,
        quantization,
        packedFiles,
        kvCache,
        threads,
        engine,
        hub,
        value);
  }

  /** The quantisation to use, decided. */
  public QuantizationConfig chosenQuantization() {
    boolean free = dtype.isEmpty() && memoryBudget.isEmpty();
    return quantization.orElse(
        free && device.type() == Device.Type.CPU
            ? QuantizationConfig.AS_STORED
            : QuantizationConfig.NONE);
  }

  /** The type that the cache has in a model of this dtype. */
  DType cacheDtype(DType model) {
    return switch (kvCache) {
      case MODEL -> model;
      case INT8 -> DType.INT8;
    };
  }

  /** The dtype to use, decided. */
  DType chosenDtype() {
    return dtype.orElseGet(
        () ->
            device.type() != Device.Type.CPU || Machine.hasFastBfloat16()
                ? DType.BFLOAT16
                : DType.FLOAT32);
  }
}
