package deepseek.gate;

/** Error Prone has to refuse it, although it only warns of it by default. */
final class Probe {
  static long area(int rows, int columns) {
    return rows * columns;
  }
}
