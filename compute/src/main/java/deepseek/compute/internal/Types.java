package deepseek.compute.internal;

import deepseek.compute.DType;
import deepseek.compute.Device;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Our names for libtorch's types and devices. */
final class Types {
  static final TensorOptional NO_TENSOR = new TensorOptional();
  static final LongOptional NO_LONG = new LongOptional();
  static final ScalarTypeOptional NO_SCALAR_TYPE = new ScalarTypeOptional();
  static final MemoryFormatOptional NO_MEMORY_FORMAT = new MemoryFormatOptional();

  // A handful of combinations, each used for the life of the process.
  private static final Map<Device, org.bytedeco.pytorch.Device> DEVICES = new ConcurrentHashMap<>();
  private static final Map<Kind, TensorOptions> OPTIONS = new ConcurrentHashMap<>();

  private record Kind(DType dtype, Device device) {}

  private Types() {}

  static ScalarType scalarType(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> ScalarType.Double;
      case FLOAT32 -> ScalarType.Float;
      case FLOAT16 -> ScalarType.Half;
      case BFLOAT16 -> ScalarType.BFloat16;
      case FLOAT8_E4M3FN -> ScalarType.Float8_e4m3fn;
      case FLOAT8_E5M2 -> ScalarType.Float8_e5m2;
      case INT64 -> ScalarType.Long;
      case INT32 -> ScalarType.Int;
      case INT16 -> ScalarType.Short;
      case INT8 -> ScalarType.Char;
      case UINT8 -> ScalarType.Byte;
      case BOOL -> ScalarType.Bool;
    };
  }

  static DType dtype(ScalarType type) {
    for (DType dtype : DType.values()) {
      if (scalarType(dtype).value == type.value) {
        return dtype;
      }
    }
    throw new IllegalStateException("libtorch type " + type.value + " has no DType");
  }

  static org.bytedeco.pytorch.Device torchDevice(Device device) {
    return DEVICES.computeIfAbsent(
        device,
        d ->
            switch (d.type()) {
              case CPU -> new org.bytedeco.pytorch.Device(DeviceType.CPU);
              case CUDA -> new org.bytedeco.pytorch.Device(DeviceType.CUDA, (byte) d.index());
              case MPS -> new org.bytedeco.pytorch.Device(DeviceType.MPS);
            });
  }

  static Device device(Tensor t) {
    if (t.is_cpu()) {
      return Device.CPU;
    }
    try (org.bytedeco.pytorch.Device d = t.device()) {
      Device.Type type = d.is_mps() ? Device.Type.MPS : Device.Type.CUDA;
      return new Device(type, Math.max(0, d.index()));
    }
  }

  static TensorOptions options(DType dtype, Device device) {
    return OPTIONS.computeIfAbsent(
        new Kind(dtype, device),
        k ->
            new TensorOptions()
                .dtype(new ScalarTypeOptional(scalarType(k.dtype())))
                .device(new DeviceOptional(torchDevice(k.device()))));
  }

  /** {@code f} of a Scalar that lives for the call. */
  static <R> R withScalar(double value, Function<Scalar, R> f) {
    // A whole number stays one, so that integer tensors keep their type.
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
    try (Scalar s = whole ? new Scalar((long) value) : new Scalar(value)) {
      return f.apply(s);
    }
  }
}
