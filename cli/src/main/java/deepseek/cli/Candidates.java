package deepseek.cli;

import deepseek.hub.Aliases;
import java.util.Iterator;
import java.util.List;

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
      return List.of("int4", "int8", "as-stored", "none").iterator();
    }
  }

  static final class Devices implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("cpu", "cuda").iterator();
    }
  }
}
