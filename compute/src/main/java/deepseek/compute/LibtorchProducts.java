package deepseek.compute;

import deepseek.compute.internal.NativePeers;
import deepseek.compute.internal.NativeTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * libtorch's own products with quantised weights, to be compared with: {@link QTensor} is what
 * models use.
 */
public final class LibtorchProducts {
  private LibtorchProducts() {}

  /** INT32 [M, N] of INT8 [M, K] and [K, N], M above 16: whole numbers alone, without scales. */
  public static Tensor intMatmul(Tensor a, Tensor b) {
    return call("_int_mm", a, b);
  }

  /** BFLOAT16 [M, N] of BFLOAT16 x [M, K] and INT8 weights [N, K] with BFLOAT16 scales [N]. */
  public static Tensor int8Weights(Tensor x, Tensor weights, Tensor scales) {
    return call("_weight_int8pack_mm", x, weights, scales);
  }

  /** INT32 [N, K] of numbers below 16 as {@link #int4Weights} wants them. */
  public static Tensor packInt4(Tensor weights) {
    return call("_convert_weight_to_int4pack_for_cpu", weights, 2L);
  }

  /**
   * BFLOAT16 [M, N] of BFLOAT16 x [M, K] and packed weights.
   *
   * @param scalesAndZeros BFLOAT16 [K / group, N, 2]
   */
  public static Tensor int4Weights(Tensor x, Tensor packed, long group, Tensor scalesAndZeros) {
    return call("_weight_int4pack_mm_for_cpu", x, packed, group, scalesAndZeros);
  }

  private static Tensor call(String name, Object... arguments) {
    Scope scope = Scope.innermost(name);
    List<Object> natives = new ArrayList<>();
    for (Object argument : arguments) {
      natives.add(argument instanceof Tensor tensor ? tensor.open(name) : argument);
    }
    try {
      NativeTensor result = NativePeers.call(name, natives);
      return Tensor.inScope(result, name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(
          name,
          e,
          Arrays.stream(arguments)
              .filter(Tensor.class::isInstance)
              .map(Tensor.class::cast)
              .toArray(Tensor[]::new));
    }
  }
}
