package deepseek.cli;

import deepseek.hub.Aliases;
import deepseek.models.QuantizationConfig.WeightBits;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the tab key offers for options and models whose values are no enum's. Each is made with its
 * command at every start, so nothing is looked up before it is asked.
 */
final class Candidates {
  private Candidates() {}

  static final class Models implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Aliases.shipped().spellings().iterator();
    }
  }

  static final class Types implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("fp32", "bf16", "fp16").iterator();
    }
  }

  static final class Quantizations implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(WeightBits.values()).map(WeightBits::toString).iterator();
    }
  }

  static final class Devices implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("cpu", "cuda").iterator();
    }
  }
}
