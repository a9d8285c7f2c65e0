package deepseek.kernel.cpu;

/** What the kernels' activations are, in double. */
final class Activations {
  private Activations() {}

  static double of(Gate gate, double x) {
    return switch (gate) {
      case SILU -> x / (1 + Math.exp(-x));
      case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case RELU -> Math.max(x, 0);
    };
  }

  /** The Taylor series, which converges for the numbers here; 1 beyond them. */
  private static double erf(double x) {
    if (Math.abs(x) > 4) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 100; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
