package deepseek.bench.speed;

/** A run by llama-bench's names: {@code pp512} reads a prompt, {@code tg128} writes an answer. */
public record Workload(Kind kind, int tokens) {
  /** What the tokens do. */
  public enum Kind {
    /** All at once, from an empty context. */
    PROMPT("pp"),
    /** One at a time, from an empty context. */
    GENERATION("tg");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  public String name() {
    return kind.word() + tokens;
  }
}
