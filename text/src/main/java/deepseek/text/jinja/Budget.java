package deepseek.text.jinja;

/** Enforces the {@link Limits} of a rendering. */
final class Budget {
  /** The cost of a list entry in characters, by memory. */
  static final int ITEM = 2;

  /** The overhead of a string object in characters, by memory. */
  static final int OBJECT = 10;

  private final Limits limits;
  private long steps;
  private long chars;
  private int depth;

  Budget(Limits limits) {
    this.limits = limits;
  }

  void enter() {
    step();
    if (++depth > limits.depth()) {
      throw new Failure("the template nests deeper than " + limits.depth() + " levels");
    }
  }

  void leave() {
    depth--;
  }

  void step() {
    if (++steps > limits.steps()) {
      throw new Failure("the template takes more than " + limits.steps() + " steps");
    }
  }

  /** Must be called before allocating {@code size} characters. */
  void charge(long size) {
    charge(size, 1);
  }

  /** Must be called before allocating {@code times} parts of {@code size} characters. */
  void charge(long size, long times) {
    boolean beyond =
        Math.multiplyHigh(size, times) != 0
            || size * times < 0
            || size * times > limits.chars() - chars;
    if (beyond) {
      throw new Failure("the template makes more than " + limits.chars() + " characters");
    }
    chars += size * times;
  }

  /** Must be called before creating a list or dict of existing values. */
  void items(long count) {
    charge(count, ITEM);
  }

  /** Must be called before creating {@code count} strings or lists, without their content. */
  void objects(long count) {
    charge(count, OBJECT);
  }
}
