package deepseek.store.jinja;

/** Counts what a rendering uses against its {@link Limits}. */
final class Budget {
  private final Limits limits;
  private long steps;
  private long chars;
  private int depth;

  Budget(Limits limits) {
    this.limits = limits;
  }

  void enter() {
    if (++steps > limits.steps()) {
      throw new Failure("the template takes more than " + limits.steps() + " steps");
    }
    if (++depth > limits.depth()) {
      throw new Failure("the template nests deeper than " + limits.depth() + " levels");
    }
  }

  void leave() {
    depth--;
  }

  /** Before anything of this size is made. */
  void charge(long size) {
    chars += size;
    if (size < 0 || chars > limits.chars()) {
      throw new Failure("the template makes more than " + limits.chars() + " characters");
    }
  }

  String charge(String made) {
    charge(made.length());
    return made;
  }
}
