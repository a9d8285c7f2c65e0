package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.store.source.HubOptions;
import deepseek.store.source.Progress;
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
 */
public record ModelOptions(
    Optional<DType> dtype,
    Device device,
    OptionalLong memoryBudget,
    OptionalInt contextLength,
    HubOptions hub,
    Progress progress) {

  public ModelOptions {
    dtype.ifPresent(ModelOptions::requireFloating);
    if (memoryBudget.isPresent() && memoryBudget.getAsLong() < 1) {
      throw new ModelException(
          "set the memory budget",
          "at least 1 byte",
          memoryBudget.getAsLong() + "",
          "leave it out for no limit");
    }
    if (contextLength.isPresent() && contextLength.getAsInt() < 2) {
      throw new ModelException(
          "set the context length",
          "at least 2 tokens",
          contextLength.getAsInt() + "",
          "leave it out for the model's own");
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
        HubOptions.fromEnvironment(),
        Progress.SILENT);
  }

  public ModelOptions withDtype(DType value) {
    return new ModelOptions(Optional.of(value), device, memoryBudget, contextLength, hub, progress);
  }

  public ModelOptions withDevice(Device value) {
    return new ModelOptions(dtype, value, memoryBudget, contextLength, hub, progress);
  }

  public ModelOptions withMemoryBudget(long bytes) {
    return new ModelOptions(dtype, device, OptionalLong.of(bytes), contextLength, hub, progress);
  }

  public ModelOptions withContextLength(int tokens) {
    return new ModelOptions(dtype, device, memoryBudget, OptionalInt.of(tokens), hub, progress);
  }

  public ModelOptions withHub(HubOptions value) {
    return new ModelOptions(dtype, device, memoryBudget, contextLength, value, progress);
  }

  public ModelOptions withProgress(Progress value) {
    return new ModelOptions(dtype, device, memoryBudget, contextLength, hub, value);
  }

  /** The dtype to use, decided. */
  DType chosenDtype() {
    return dtype.orElseGet(
        () ->
            device.type() != Device.Type.CPU || deepseek.compute.Backend.hasFastBfloat16()
                ? DType.BFLOAT16
                : DType.FLOAT32);
  }
}
