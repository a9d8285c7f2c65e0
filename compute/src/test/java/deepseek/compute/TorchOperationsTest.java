package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Operations on operands that are empty, scalar, broadcast, views, of any type, or not numbers, as
 * tools/golden/tensor_ops.py found PyTorch to answer.
 */
@ExtendWith({LeakCheck.class, InScope.class})
class TorchOperationsTest {
  private static final Map<String, Operand> OPERANDS = new LinkedHashMap<>();
  private static final Map<String, Unary> UNARY =
      Map.ofEntries(
          Map.entry("neg", Tensor::neg),
          Map.entry("abs", Tensor::abs),
          Map.entry("exp", Tensor::exp),
          Map.entry("log", Tensor::log),
          Map.entry("sqrt", Tensor::sqrt),
          Map.entry("rsqrt", Tensor::rsqrt),
          Map.entry("reciprocal", Tensor::reciprocal),
          Map.entry("sin", Tensor::sin),
          Map.entry("cos", Tensor::cos),
          Map.entry("tanh", Tensor::tanh),
          Map.entry("erf", Tensor::erf),
          Map.entry("sigmoid", Tensor::sigmoid),
          Map.entry("floor", Tensor::floor),
          Map.entry("round", Tensor::round),
          Map.entry("relu", Tensor::relu),
          Map.entry("silu", Tensor::silu),
          Map.entry("gelu", Tensor::gelu),
          Map.entry("geluTanh", Tensor::geluTanh),
          Map.entry("softplus", Tensor::softplus),
          Map.entry("logicalNot", Tensor::logicalNot),
          Map.entry("isFinite", Tensor::isFinite),
          Map.entry("sum", Tensor::sum),
          Map.entry("mean", Tensor::mean),
          Map.entry("max", Tensor::max),
          Map.entry("min", Tensor::min),
          Map.entry("any", Tensor::any),
          Map.entry("all", Tensor::all),
          Map.entry("norm", Tensor::norm),
          Map.entry("nonzero", Tensor::nonzero),
          Map.entry("contiguous", Tensor::contiguous));
  private static final Map<String, Along> ALONG =
      Map.ofEntries(
          Map.entry("sumDim", Tensor::sum),
          Map.entry("meanDim", Tensor::mean),
          Map.entry("maxDim", Tensor::max),
          Map.entry("minDim", Tensor::min),
          Map.entry("variance", Tensor::varianceKeepDim),
          Map.entry("logSumExp", Tensor::logSumExp),
          Map.entry("argmax", Tensor::argmax),
          Map.entry("cumsum", Tensor::cumsum),
          Map.entry("softmax", Tensor::softmax),
          Map.entry("logSoftmax", Tensor::logSoftmax),
          Map.entry("sortAscending", (a, d) -> a.sortAscending(d).values()),
          Map.entry("sortDescending", (a, d) -> a.sortDescending(d).values()),
          Map.entry("flip", Tensor::flip),
          Map.entry("squeeze", Tensor::squeeze),
          Map.entry("unsqueeze", Tensor::unsqueeze));
  private static final Map<String, ByNumber> BY_NUMBER =
      Map.ofEntries(
          Map.entry("addNumber", Tensor::add),
          Map.entry("subNumber", Tensor::sub),
          Map.entry("mulNumber", Tensor::mul),
          Map.entry("divNumber", Tensor::div),
          Map.entry("powNumber", Tensor::pow),
          Map.entry("remainder", Tensor::remainder),
          Map.entry("clampMin", Tensor::clampMin),
          Map.entry("clampMax", Tensor::clampMax),
          Map.entry("eqNumber", Tensor::eq),
          Map.entry("ltNumber", Tensor::lt),
          Map.entry("geNumber", Tensor::ge),
          Map.entry("mulInPlaceNumber", Tensor::mulInPlace),
          Map.entry("fill", Tensor::fill));
  private static final Map<String, Binary> BINARY =
      Map.ofEntries(
          Map.entry("add", Tensor::add),
          Map.entry("sub", Tensor::sub),
          Map.entry("mul", Tensor::mul),
          Map.entry("div", Tensor::div),
          Map.entry("pow", Tensor::pow),
          Map.entry("minimum", Tensor::minimum),
          Map.entry("maximum", Tensor::maximum),
          Map.entry("eq", Tensor::eq),
          Map.entry("lt", Tensor::lt),
          Map.entry("le", Tensor::le),
          Map.entry("gt", Tensor::gt),
          Map.entry("ge", Tensor::ge),
          Map.entry("logicalAnd", Tensor::logicalAnd),
          Map.entry("logicalOr", Tensor::logicalOr),
          Map.entry("linear", Tensor::linear),
          Map.entry("matmul", Tensor::matmul),
          Map.entry("rmsNorm", (a, w) -> a.rmsNorm(w, 1e-6)),
          Map.entry("cat", (a, b) -> Tensor.cat(List.of(a, b), 0)),
          Map.entry("stack", (a, b) -> Tensor.stack(List.of(a, b), -1)),
          Map.entry("addInPlace", Tensor::addInPlace),
          Map.entry("mulInPlace", Tensor::mulInPlace),
          Map.entry("copyFrom", Tensor::copyFrom),
          Map.entry("gather", (a, i) -> a.gather(1, i)),
          Map.entry("indexSelect", (a, i) -> a.indexSelect(1, i)),
          Map.entry("embedding", Tensor::embedding),
          Map.entry("scatterAdd", (a, i) -> a.scatterAdd(0, i, a)),
          Map.entry("oneHot", (a, i) -> i.oneHot(2)));
  private static final Map<String, ByTwo> BY_TWO =
      Map.of(
          "slice", (a, s, e) -> a.slice(0, s, e, 1),
          "topk", (a, k, d) -> a.topk(k, d).values(),
          "repeatInterleave", Tensor::repeatInterleave,
          "narrow", (a, s, n) -> a.narrow(-1, s, n),
          "transpose", Tensor::transpose,
          "reshape", (a, x, y) -> a.reshape(x, y),
          "tril", (a, d, _) -> a.tril(d),
          "triu", (a, d, _) -> a.triu(d));

  private interface Unary {
    Tensor of(Tensor a);
  }

  private interface Along {
    Tensor of(Tensor a, int dim);
  }

  private interface ByNumber {
    Tensor of(Tensor a, double b);
  }

  private interface Binary {
    Tensor of(Tensor a, Tensor b);
  }

  private interface ByTwo {
    Tensor of(Tensor a, int b, int c);
  }

  /** A tensor as it is written: {@code float32[2,3] 1.5 nan ...}. */
  private record Written(DType dtype, long[] shape, String[] values) {
    static Written read(String text) {
      int open = text.indexOf('[');
      int close = text.indexOf(']');
      return new Written(
          DType.ofTorchName(text.substring(0, open)),
          Stream.of(words(text.substring(open + 1, close).replace(',', ' ')))
              .mapToLong(Long::parseLong)
              .toArray(),
          words(text.substring(close + 1).strip()));
    }

    private static String[] words(String text) {
      return text.isEmpty() ? new String[0] : text.split(" ");
    }

    double[] doubles() {
      return Arrays.stream(values).mapToDouble(TorchOperationsTest::number).toArray();
    }

    long[] longs() {
      return Arrays.stream(values).mapToLong(Long::parseLong).toArray();
    }

    Tensor tensor() {
      Tensor all =
          dtype.isFloatingPoint()
              ? Tensor.of(doubles(), values.length)
              : Tensor.of(longs(), values.length);
      return all.to(dtype).reshape(shape);
    }
  }

  private record Operand(String view, Written written) {
    Tensor of(Tensor memory) {
      return switch (view) {
        case "-" -> memory;
        case "t" -> memory.transpose(0, 1);
        case "s" -> memory.slice(1, 0, memory.size(1), 2);
        case "e" -> memory.expand(2, 3);
        default -> throw new AssertionError(view);
      };
    }
  }

  record Call(String operation, List<String> operands, double[] numbers, String result) {
    @Override
    public String toString() {
      return operation + " " + operands + " " + Arrays.toString(numbers);
    }
  }

  private static double number(String text) {
    return switch (text) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  static List<Call> calls() throws IOException {
    try (var in = TorchOperationsTest.class.getResourceAsStream("tensor-ops.txt")) {
      List<String> lines =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .toList();
      int end = lines.indexOf("");
      for (String line : lines.subList(1, end)) {
        String[] parts = line.split("\\|");
        OPERANDS.put(parts[0], new Operand(parts[1], Written.read(parts[2])));
      }
      return lines.subList(end + 1, lines.size()).stream().map(TorchOperationsTest::call).toList();
    }
  }

  private static Call call(String line) {
    String[] parts = line.split("\\|");
    double[] numbers =
        Arrays.stream(Written.words(parts[2])).mapToDouble(TorchOperationsTest::number).toArray();
    return new Call(parts[0], List.of(parts[1].split(" ")), numbers, parts[3]);
  }

  private static Operand operand(String name) {
    return Objects.requireNonNull(OPERANDS.get(name), name);
  }

  private static Tensor made(Call call) {
    Tensor memory = operand(call.operands().getFirst()).written().tensor();
    Tensor a = operand(call.operands().getFirst()).of(memory);
    Tensor made = apply(call, a);
    return made == a && !call.operation().equals("contiguous") ? memory : made;
  }

  private static Tensor apply(Call call, Tensor a) {
    String name = call.operation();
    double[] n = call.numbers();
    if (name.startsWith("to ")) {
      return a.to(DType.ofTorchName(name.substring(3)));
    }
    if (call.operands().size() == 2) {
      Operand second = operand(call.operands().getLast());
      return found(BINARY, name).of(a, second.of(second.written().tensor()));
    }
    return switch (n.length) {
      case 0 -> found(UNARY, name).of(a);
      case 1 ->
          ALONG.containsKey(name)
              ? found(ALONG, name).of(a, (int) n[0])
              : found(BY_NUMBER, name).of(a, n[0]);
      default -> found(BY_TWO, name).of(a, (int) n[0], (int) n[1]);
    };
  }

  private static <F> F found(Map<String, F> functions, String name) {
    return Objects.requireNonNull(functions.get(name), name);
  }

  /** What two ways of adding up or rounding may differ by. */
  private static double tolerance(DType dtype) {
    return switch (dtype) {
      case FLOAT64 -> 1e-12;
      case FLOAT32 -> 2e-6;
      case FLOAT16 -> 2e-3;
      case BFLOAT16 -> 1.6e-2;
      default -> 0;
    };
  }

  @ParameterizedTest
  @MethodSource("calls")
  void isWhatPyTorchAnswers(Call call) {
    if (call.result().equals("refused")) {
      assertThatThrownBy(() -> made(call)).isInstanceOf(ComputeException.class);
      return;
    }
    Written expected = Written.read(call.result());
    Tensor got = made(call);
    assertThat(got.dtype()).isEqualTo(expected.dtype());
    assertThat(got.shape()).isEqualTo(expected.shape());
    if (!expected.dtype().isFloatingPoint()) {
      assertThat(got.toLongs()).isEqualTo(expected.longs());
      return;
    }
    double[] values = got.toDoubles();
    double[] wanted = expected.doubles();
    for (int i = 0; i < wanted.length; i++) {
      double off = tolerance(expected.dtype()) * Math.max(Math.abs(wanted[i]), 1e-30);
      assertThat(isNear(values[i], wanted[i], off))
          .as("value %s: %s, wanted %s", i, values[i], wanted[i])
          .isTrue();
    }
  }

  private static boolean isNear(double got, double wanted, double off) {
    return Double.compare(got, wanted) == 0
        || got == wanted
        || (Double.isFinite(wanted) && Math.abs(got - wanted) <= off);
  }
}
