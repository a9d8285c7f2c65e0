package deepseek.compute;

import static deepseek.compute.Expected.assertClose;
import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({LeakCheck.class, InScope.class})
class NeuralOpsTest {
  private static double[] logSoftmax(double... row) {
    double most = Arrays.stream(row).max().orElseThrow();
    double sum = Arrays.stream(row).map(x -> Math.exp(x - most)).sum();
    return Arrays.stream(row).map(x -> x - most - Math.log(sum)).toArray();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16"})
  void crossEntropyIsTheMeanOfWhatLabelledRowsMiss(DType dtype) {
    Tensor logits = random(1, 5, 4).mul(3).to(dtype).transpose(0, 1);
    long[] labels = {4, 0, NeuralOps.SKIPPED, 2};
    double sum = 0;
    for (int r = 0; r < 4; r++) {
      if (labels[r] >= 0) {
        sum -= logSoftmax(logits.select(0, r).toDoubles())[(int) labels[r]];
      }
    }
    Tensor loss = logits.crossEntropy(places(labels));
    assertThat(loss.shape()).isEmpty();
    assertThat(loss.dtype()).isEqualTo(dtype);
    assertClose(loss, sum / 3);
  }

  @Test
  void crossEntropyOfKnownRows() {
    assertClose(Tensor.zeros(3, 7).crossEntropy(places(0, 3, 6)), Math.log(7));
    assertClose(vector(1000, 0).reshape(1, 2).crossEntropy(places(1)), 1000);
    assertClose(vector(5).reshape(1, 1).crossEntropy(places(0)), 0);
    double none = Double.NEGATIVE_INFINITY;
    assertClose(vector(0, none).reshape(1, 2).crossEntropy(places(0)), 0);
    assertThat(Tensor.zeros(2, 3).crossEntropy(places(-100, -100)).item()).isNaN();
    assertThat(Tensor.zeros(0, 3).crossEntropy(places()).item()).isNaN();
  }

  @Test
  void crossEntropyAgainstATeachersProbabilities() {
    Tensor logits = random(2, 3, 4);
    Tensor teacher = random(3, 3, 4).softmax(1);
    double sum = 0;
    for (int r = 0; r < 3; r++) {
      double[] log = logSoftmax(logits.select(0, r).toDoubles());
      double[] p = teacher.select(0, r).toDoubles();
      for (int c = 0; c < 4; c++) {
        sum -= p[c] * log[c];
      }
    }
    assertClose(logits.crossEntropy(teacher), sum / 3);
    Tensor labels = places(3, 0, 1);
    assertClose(
        logits.crossEntropy(labels.oneHot(4).to(DType.FLOAT64)),
        logits.crossEntropy(labels).item());
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"})
  void softmaxAndItsLogarithm(DType dtype) {
    Tensor x = random(4, 3, 4).mul(5).to(dtype);
    for (int r = 0; r < 3; r++) {
      double[] expected = logSoftmax(x.select(0, r).toDoubles());
      assertClose(x.logSoftmax(-1).select(0, r), expected);
      assertClose(x.softmax(1).select(0, r), Expected.map(expected, Math::exp));
      assertClose(x.transpose(0, 1).softmax(0).select(1, r), Expected.map(expected, Math::exp));
    }
    assertThat(Tensor.zeros(0, 3).softmax(0).shape()).containsExactly(0, 3);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16"})
  void normalisations(DType dtype) {
    Tensor x = random(5, 6, 3).to(dtype).transpose(0, 1);
    Tensor weight = random(6, 6).to(dtype);
    Tensor bias = random(7, 6).to(dtype);
    double eps = 1e-3;
    for (int r = 0; r < 3; r++) {
      double[] row = x.select(0, r).toDoubles();
      double mean = DoubleStream.of(row).average().orElseThrow();
      double variance = DoubleStream.of(row).map(v -> (v - mean) * (v - mean)).sum() / 6;
      double square = DoubleStream.of(row).map(v -> v * v).sum() / 6;
      double[] normal = new double[6];
      double[] rms = new double[6];
      for (int i = 0; i < 6; i++) {
        double w = weight.toDoubles()[i];
        normal[i] = (row[i] - mean) / Math.sqrt(variance + eps) * w + bias.toDoubles()[i];
        rms[i] = row[i] / Math.sqrt(square + eps) * w;
      }
      assertClose(x.layerNorm(weight, bias, eps).select(0, r), normal);
      assertClose(x.rmsNorm(weight, eps).select(0, r), rms);
    }
    assertThat(Tensor.zeros(0, 6).to(dtype).rmsNorm(weight, eps).shape()).containsExactly(0, 6);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16"})
  void attentionWithMasks(DType dtype) {
    Tensor q = random(8, 1, 4, 3, 2).to(dtype);
    Tensor k = random(9, 1, 2, 5, 2).to(dtype);
    Tensor v = random(10, 1, 2, 5, 2).to(dtype);
    boolean[] seen = {true, false, true, true, false};
    Tensor mask = Tensor.of(seen, 1, 1, 1, 5);
    Tensor added =
        Tensor.zeros(1, 1, 1, 5).to(dtype).maskedFill(mask.logicalNot(), Double.NEGATIVE_INFINITY);
    double[] expected = attention(q, k, v, seen);
    assertClose(q.attention(k, v, mask, 0.5), expected);
    assertClose(q.attention(k, v, added, 0.5), expected);
    boolean[] all = {true, true, true, true, true};
    assertClose(q.attention(k, v, 0.5), attention(q, k, v, all));
  }

  /** Query heads 0 and 1 look at key head 0, heads 2 and 3 at key head 1. */
  private static double[] attention(Tensor q, Tensor k, Tensor v, boolean... seen) {
    double[] out = new double[24];
    for (int row = 0; row < 12; row++) {
      int from = row / 6 * 10;
      double[] scores = new double[5];
      for (int s = 0; s < 5; s++) {
        double dot =
            q.toDoubles()[row * 2] * k.toDoubles()[from + s * 2]
                + q.toDoubles()[row * 2 + 1] * k.toDoubles()[from + s * 2 + 1];
        scores[s] = seen[s] ? dot * 0.5 : Double.NEGATIVE_INFINITY;
      }
      double[] log = logSoftmax(scores);
      for (int s = 0; s < 5; s++) {
        out[row * 2] += Math.exp(log[s]) * v.toDoubles()[from + s * 2];
        out[row * 2 + 1] += Math.exp(log[s]) * v.toDoubles()[from + s * 2 + 1];
      }
    }
    return out;
  }
}
