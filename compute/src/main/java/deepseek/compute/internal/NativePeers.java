package deepseek.compute.internal;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;

/** Operators of libtorch's that have no function of their own in Java, by name. */
public final class NativePeers {
  private NativePeers() {}

  /** The result of {@code aten::name}; arguments are {@link NativeTensor}s or {@link Long}s. */
  public static NativeTensor call(String name, List<Object> arguments) {
    try (OperatorHandle operator = Dispatcher.singleton().findSchemaOrThrow("aten::" + name, "");
        IValueVector stack = new IValueVector()) {
      for (Object argument : arguments) {
        try (IValue value = value(argument)) {
          stack.push_back(value);
        }
      }
      operator.callBoxed(stack);
      try (IValue result = stack.get(0)) {
        // Another handle on the tensor: that of the stack goes with it.
        return NativeTensor.wrapped(new Tensor(result.toTensor()));
      }
    }
  }

  private static IValue value(Object argument) {
    return switch (argument) {
      case NativeTensor tensor -> new IValue(tensor.torch());
      case Long number -> new IValue(number.longValue());
      default -> throw new IllegalArgumentException(argument.getClass().getName());
    };
  }
}
