package deepseek.devices.ir;

/**
 * The indices of a loop, from {@code from} up to but excluding {@code to}, in steps of {@code
 * step}.
 */
public record Range(Expr from, Expr to, int step) {
  /** From 0 up to but excluding {@code to}. */
  public static Range to(Expr to) {
    return new Range(Expr.of(0), to, 1);
  }

  /** From 0 up to but excluding a constant. */
  public static Range to(int to) {
    return to(Expr.of(to));
  }

  /** From {@code from} up to but excluding {@code to}. */
  public static Range of(Expr from, Expr to) {
    return new Range(from, to, 1);
  }

  /** The same bounds with another step. */
  public Range step(int wider) {
    return new Range(from, to, wider);
  }
}
