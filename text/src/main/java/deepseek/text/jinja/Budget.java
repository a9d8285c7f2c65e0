package deepseek.text.jinja;

/** Counts what a rendering uses against its {@link Limits}. */
final class Budget {
  /** Characters that a place in a list takes as much memory as. */
  static final int ITEM = 2;

  /** The same of a text of its own, however short. */
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

  /** Before anything of this size is made. */
  void charge(long size) {
    charge(size, 1);
  }

  /** Before anything of so many parts of this size is made. */
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

  /** Before a list or dict of so many things that are there already. */
  void items(long count) {
    charge(count, ITEM);
  }

  /** Before so many texts or lists, whatever they hold. */
  void objects(long count) {
    charge(count, OBJECT);
  }
}
