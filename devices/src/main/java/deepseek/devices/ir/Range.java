package deepseek.devices.ir;

/** What a loop counts: from {@code from} to before {@code to} in steps of {@code step}. */
public record Range(Expr from, Expr to, int step) {
  public static Range to(Expr to) {
    return new Range(Expr.of(0), to, 1);
  }

  public static Range to(int to) {
    return to(Expr.of(to));
  }

  public static Range of(Expr from, Expr to) {
    return new Range(from, to, 1);
  }

  public Range step(int wider) {
    return new Range(from, to, wider);
  }
}
