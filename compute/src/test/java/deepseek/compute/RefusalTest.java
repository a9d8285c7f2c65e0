package deepseek.compute;

import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that don't fit: one line with operation, expected, got and remedy. */
@ExtendWith({LeakCheck.class, InScope.class})
class RefusalTest {
  record Refusal(String operation, Function<Rng, Object> call, String got) {
    @Override
    public String toString() {
      return operation + ": " + got;
    }
  }

  private static Refusal refused(String operation, Function<Rng, Object> call, String got) {
    return new Refusal(operation, call, got);
  }

  private static Tensor matrix() {
    return vector(1, 2, 3, 4, 5, 6).reshape(2, 3);
  }

  private static Tensor fp8() {
    return vector(1, 2).to(DType.FLOAT8_E4M3FN);
  }

  static Stream<Refusal> pointwise() {
    return Stream.of(
        refused("pow", r -> matrix().pow(vector(1, 2)), "float64[2, 3] and float64[2]"),
        refused("pow", r -> places(2).pow(-1), "negative integer powers"),
        refused("minimum", r -> matrix().minimum(vector(1, 2)), "float64[2]"),
        refused("maximum", r -> matrix().maximum(vector(1, 2)), "float64[2]"),
        refused("lt", r -> matrix().lt(vector(1, 2)), "float64[2]"),
        refused("remainder", r -> places(1).remainder(0), "int64[1] (ZeroDivisionError)"),
        refused("clampMax", r -> fp8().clampMax(1), "float8_e4m3fn[2]"),
        refused("log", r -> fp8().log(), "float8_e4m3fn[2]"),
        refused("reciprocal", r -> fp8().reciprocal(), "float8_e4m3fn[2]"),
        refused("floor", r -> vector(1).gt(0).floor(), "bool[1]"),
        refused("round", r -> fp8().round(), "float8_e4m3fn[2]"),
        refused("softplus", r -> places(1).softplus(), "int64[1]"),
        refused("addInPlace", r -> vector(1).addInPlace(vector(1, 2)), "float64[2]"),
        refused("addInPlace", r -> places(1).addInPlace(vector(1.5)), "int64[1] and float64[1]"),
        refused("addInPlace", r -> vector(1).expand(3).addInPlace(vector(1)), "clone()"),
        refused("mulInPlace", r -> vector(1).withGrad().mulInPlace(2), "leaf Variable"),
        refused("mulInPlace", r -> places(1).mulInPlace(1.5), "int64[1]"),
        refused("mulInPlace", r -> square().mulInPlace(square().transpose(0, 1).reshape(4)), "[4]"),
        refused("fill", r -> places(1).fill(Double.NaN), "without overflow"),
        refused("fill", r -> places(1).to(DType.INT8).fill(1000), "int8[1]"),
        refused("where", r -> vector(1).where(places(1), vector(2)), "and int64[1] and"));
  }

  private static Tensor square() {
    return vector(1, 2, 3, 4).reshape(2, 2);
  }

  static Stream<Refusal> reductionsAndShapes() {
    return Stream.of(
        refused("max", r -> matrix().maxKeepDim(2), "but got 2"),
        refused("max", r -> Tensor.zeros(2, 0).maxKeepDim(1), "float32[2, 0]"),
        refused("min", r -> vector().min(), "float64[0]"),
        refused("min", r -> matrix().min(-3), "but got -3"),
        refused("variance", r -> places(1, 2).varianceKeepDim(0), "int64[2]"),
        refused("logSumExp", r -> matrix().logSumExp(5), "but got 5"),
        refused("norm", r -> places(3, 4).norm(), "int64[2]"),
        refused("cumsum", r -> matrix().cumsum(2), "but got 2"),
        refused("permute", r -> matrix().permute(0, 0), "duplicate"),
        refused("permute", r -> matrix().permute(0), "float64[2, 3]"),
        refused("permute", r -> matrix().permute(0, 2), "but got 2"),
        refused("slice", r -> matrix().slice(0, 0, 2, 0), "step must be positive"),
        refused("slice", r -> matrix().slice(0, 2, 0, -1), "step must be positive"),
        refused("slice", r -> matrix().slice(2, 0, 1, 1), "but got 2"),
        refused("slice", r -> vector(1, 2, 3).slice(0, 1, 3, Long.MAX_VALUE), "float64[3]"),
        refused("slice", r -> Tensor.scalar(1).slice(0, 0, 1, 1), "float32[]"),
        refused("tril", r -> vector(1).tril(0), "float64[1]"),
        refused("squeeze", r -> matrix().squeeze(2), "but got 2"),
        refused("reshape", r -> matrix().reshape(1L << 32, 1L << 32), "float64[2, 3]"),
        refused("reshape", r -> vector().reshape(-1, 0), "float64[0]"),
        refused("viewAs", r -> matrix().to(DType.FLOAT32).viewAs(DType.FLOAT64), "[2, 3]"),
        refused("zeros", r -> Tensor.zeros(DType.INT8, Device.cuda(63), 2), "; use Device.CPU"),
        refused("to", r -> vector(1).to(Device.cuda(63)), "; use Device.CPU"),
        refused("narrow", r -> vector(1).narrow(0, Long.MAX_VALUE, 1), "float64[1]"),
        refused("copyFrom", r -> matrix().copyFrom(vector(1, 2)), "and float64[2]"),
        refused("repeat", r -> matrix().repeat(1L << 40, 1L << 40), "float64[2, 3]"),
        refused("empty", r -> Tensor.empty(DType.INT8, Device.CPU, -2, -3), "[-2, -3]"),
        refused("empty", r -> Tensor.empty(DType.INT8, Device.CPU, 1L << 40, 1L << 40), "1099"),
        refused("empty", r -> Tensor.randn(r, -1), "negative dimension"),
        refused("grown", r -> vector(1).grown(-2, 3), "-2 and 3 of float64[1]"),
        refused("size", r -> Tensor.scalar(1).size(0), "0 of float32[]"));
  }

  static Stream<Refusal> indices() {
    return Stream.of(
        refused("sort", r -> matrix().sortAscending(2), "but got 2"),
        refused("sort", r -> fp8().sortDescending(0), "float8_e4m3fn[2]"),
        refused("indexAdd", r -> vector(1).indexAdd(0, places(1), vector(1)), "out of range"),
        refused("indexAdd", r -> matrix().indexAdd(0, places(-1), matrix().narrow(0, 0, 1)), "-1"),
        refused("indexAdd", r -> vector(1).indexAdd(0, vector(0), vector(1)), "index but got"),
        refused("indexAdd", r -> vector(1).indexAdd(0, places(0), places(1)), "and int64[1] and"),
        refused("indexAdd", r -> vector(1).indexAdd(0, places(0), vector(1, 2)), "float64[2]"),
        refused(
            "indexAddInPlace", r -> vector(1).indexAddInPlace(1, places(0), vector(1)), "got 1"),
        refused("indexCopyInPlace", r -> copied(places(2), vector(1)), "index 2"),
        refused("indexCopyInPlace", r -> copied(places(-1), vector(1)), "index -1"),
        refused("indexCopyInPlace", r -> copied(places(0), places(1)), "and int64[1] (index_copy"),
        refused("indexCopyInPlace", r -> copied(places(0), matrix()), "float64[2, 3]"),
        refused("scatterAdd", r -> vector(1).scatterAdd(0, places(1), vector(1)), "index 1"),
        refused("scatterAdd", r -> vector(1).scatterAdd(0, places(-1), vector(1)), "index -1"),
        refused("scatterAdd", r -> matrix().scatterAdd(0, places(0), matrix()), "dimensions"),
        refused("scatterAdd", r -> vector(1).scatterAdd(0, places(0), places(1)), "self.dtype"),
        refused("scatterAdd", r -> vector(1).scatterAdd(0, places(0, 0), vector(1)), "int64[2]"),
        refused("gather", r -> vector(1).gather(0, places(1)), "index 1"),
        refused("oneHot", r -> places(3).oneHot(3), "smaller than num_classes"),
        refused("oneHot", r -> places(-1).oneHot(3), "non-negative"),
        refused("oneHot", r -> vector(1).oneHot(3), "float64[1]"),
        refused("bincount", r -> places(-1).bincount(0), "non-negative"),
        refused("bincount", r -> places(1).bincount(-1), "minlength"),
        refused("bincount", r -> places(Long.MAX_VALUE).bincount(0), "overflow"),
        refused("bincount", r -> places(1L << 62).bincount(0), "overflow"),
        refused("bincount", r -> vector(1).bincount(0), "float64[1]"),
        refused("bincount", r -> places(1).reshape(1, 1).bincount(0), "int64[1, 1]"));
  }

  private static Tensor copied(Tensor index, Tensor source) {
    return vector(1, 2).indexCopyInPlace(0, index, source);
  }

  static Stream<Refusal> random() {
    double inf = Double.POSITIVE_INFINITY;
    return Stream.of(
        refused("multinomial", r -> vector(1, Double.NaN).multinomial(1, r), "`nan`"),
        refused("multinomial", r -> vector(1, inf).multinomial(1, r), "`inf`"),
        refused("multinomial", r -> vector(1, -1).multinomial(1, r), "element < 0"),
        refused("multinomial", r -> vector(0, 0).multinomial(1, r), "sum of probabilities"),
        refused("multinomial", r -> vector(1, 0, 2).multinomial(3, r), "got 2 of float64[3]"),
        refused("multinomial", r -> vector(1, 1).multinomial(3, r), "got 2 of float64[2]"),
        refused("multinomial", r -> vector(1, 1).multinomial(0, r), "n_sample <= 0"),
        refused("multinomial", r -> vector(1, 1).multinomial(-1, r), "n_sample <= 0"),
        refused("multinomial", r -> places(1, 1).multinomial(1, r), "int64[2]"),
        refused("multinomial", r -> Tensor.ones(1, 2, 3).multinomial(1, r), "float32[1, 2, 3]"),
        refused("multinomial", r -> Tensor.scalar(1).multinomial(1, r), "float32[]"),
        refused("multinomial", r -> Tensor.zeros(2, 0).multinomial(1, r), "float32[2, 0]"),
        refused("uniformInPlace", r -> vector(1).uniformInPlace(2, 1, r), "from=2 > to=1"),
        refused("uniformInPlace", r -> vector(1).uniformInPlace(0, inf, r), "out of bounds"),
        refused("uniformInPlace", r -> places(1).uniformInPlace(0, 1, r), "int64[1]"),
        refused("normalInPlace", r -> vector(1).normalInPlace(0, -1, r), "std -1"),
        refused("normalInPlace", r -> vector(1).normalInPlace(0, Double.NaN, r), "std nan"),
        refused("normalInPlace", r -> vector(1).expand(3).normalInPlace(0, 1, r), "clone()"),
        refused("normalInPlace", r -> vector(1).withGrad().normalInPlace(0, 1, r), "leaf"),
        refused("dropout", r -> vector(1).dropout(1.5), "but got 1.5"),
        refused("dropout", r -> vector(1).dropout(-0.1), "but got -0.1"),
        refused("dropout", r -> vector(1).dropout(Double.NaN), "but got nan"),
        refused("dropout", r -> places(1).dropout(0.5), "int64[1]"));
  }

  static Stream<Refusal> layers() {
    return Stream.of(
        refused("crossEntropy", r -> matrix().crossEntropy(places(0, 3)), "Target 3"),
        refused("crossEntropy", r -> matrix().crossEntropy(places(0, -1)), "Target -1"),
        refused("crossEntropy", r -> matrix().crossEntropy(places(0, 1, 2)), "int64[3]"),
        refused("crossEntropy", r -> matrix().crossEntropy(vector(0, 1)), "and float64[2]"),
        refused("crossEntropy", r -> matrix().crossEntropy(Tensor.of(new int[2])), "and int32[2]"),
        refused("crossEntropy", r -> vector(1).crossEntropy(places(0)), "float64[1] and int64[1]"),
        refused(
            "crossEntropy",
            r -> Tensor.ones(2, 3, 3).crossEntropy(places(0, 0, 0, 0, 0, 0).reshape(2, 3)),
            "float32[2, 3, 3]"),
        refused("crossEntropy", r -> places(1, 2).reshape(1, 2).crossEntropy(places(0)), "int64"),
        refused("crossEntropy", r -> Tensor.zeros(1, 0).crossEntropy(places(0)), "Target 0"),
        refused("linear", r -> matrix().linear(matrix(), vector(1, 2, 3)), "and float64[3] ("),
        refused("layerNorm", r -> matrix().layerNorm(vector(1), vector(1), 0), "float64[1]"),
        refused("rmsNorm", r -> matrix().rmsNorm(vector(1), 0), "float64[1]"),
        refused("softmax", r -> matrix().softmax(2), "but got 2"),
        refused("embedding", r -> matrix().embedding(places(2)), "int64[1]"),
        refused("withGrad", r -> places(1).withGrad(), "int64[1]"));
  }

  @ParameterizedTest
  @MethodSource({"pointwise", "reductionsAndShapes", "indices", "random", "layers"})
  void refusesInOneLine(Refusal refusal) {
    try (Rng rng = Rng.seeded(1)) {
      assertThatThrownBy(() -> refusal.call.apply(rng))
          .isInstanceOf(ComputeException.class)
          .hasMessageStartingWith(refusal.operation + ": expected ")
          .hasMessageContaining(", got ")
          .hasMessageContaining(refusal.got)
          .hasMessageMatching(".*; \\S.*")
          .message()
          .doesNotContain("that libtorch accepts");
    }
  }

  static Stream<Refusal> closed() {
    return Stream.of(
        refused("pow", r -> vector(1).pow(gone()), ""),
        refused("minimum", r -> gone().minimum(vector(1)), ""),
        refused("addInPlace", r -> vector(1).addInPlace(gone()), ""),
        refused("logSumExp", r -> gone().logSumExp(0), ""),
        refused("permute", r -> gone().permute(0), ""),
        refused("alias", r -> gone().alias(), ""),
        refused("sharesMemoryWith", r -> vector(1).sharesMemoryWith(gone()), ""),
        refused("toDoubles", r -> gone().toDoubles(), ""),
        refused("indexAdd", r -> vector(1).indexAdd(0, gone(), vector(1)), ""),
        refused("indexCopyInPlace", r -> vector(1).indexCopyInPlace(0, places(0), gone()), ""),
        refused("scatterAdd", r -> gone().scatterAdd(0, places(0), vector(1)), ""),
        refused("where", r -> vector(1).where(gone(), vector(1)), ""),
        refused("nonzero", r -> gone().nonzero(), ""),
        refused("multinomial", r -> gone().multinomial(1, r), ""),
        refused("normalInPlace", r -> gone().normalInPlace(0, 1, r), ""),
        refused("dropout", r -> gone().dropout(0.5), ""),
        refused("crossEntropy", r -> matrix().crossEntropy(gone()), ""),
        refused("crossEntropy", r -> gone().crossEntropy(places(0)), ""));
  }

  private static Tensor gone() {
    Tensor tensor = vector(1);
    tensor.close();
    return tensor;
  }

  @ParameterizedTest
  @MethodSource("closed")
  void closedTensorsAreRefusedByName(Refusal refusal) {
    try (Rng rng = Rng.seeded(1)) {
      assertThatThrownBy(() -> refusal.call.apply(rng))
          .isInstanceOf(ComputeException.class)
          .hasMessageStartingWith(
              refusal.operation + ": expected an open tensor, got the closed result of 'of'");
    }
  }

  @Test
  void aRefusedChangeChangesNothing() {
    Tensor x = vector(1, 2);
    assertThatThrownBy(() -> x.indexCopyInPlace(0, places(2), vector(9)))
        .isInstanceOf(ComputeException.class);
    assertThatThrownBy(() -> x.addInPlace(matrix())).isInstanceOf(ComputeException.class);
    assertThat(x.toDoubles()).containsExactly(1, 2);
  }
}
