package deepseek.bench.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void deviationIsASamples() {
    Samples samples = new Samples(List.of(2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0));
    assertThat(samples.mean()).isEqualTo(5);
    assertThat(samples.deviation()).isCloseTo(Math.sqrt(32 / 7.0), within(1e-12));
    assertThat(new Samples(List.of(3.0)).deviation()).isZero();
    assertThatThrownBy(() -> new Samples(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ratioIsOfNeighbours() {
    Samples ours = new Samples(List.of(10.0, 30.0));
    assertThat(ours.over(new Samples(List.of(5.0, 10.0))).values()).containsExactly(2.0, 3.0);
  }

  @Test
  void boundIsBandwidthOverBytes() {
    Bound bound = new Bound(30e9, 100_000_000);
    assertThat(bound.tokensPerSecond()).isEqualTo(300);
    assertThat(bound.share(new Samples(List.of(200.0, 220.0)))).isCloseTo(0.7, within(1e-12));
  }
}
