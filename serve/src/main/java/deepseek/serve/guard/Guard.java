package deepseek.serve.guard;

import java.util.Optional;

/** Decides whether a text may pass. Called from many threads. */
public interface Guard extends AutoCloseable {
  /** Where a text is going. */
  enum Direction {
    /** From a client to a model. */
    INPUT,
    /** From a model to a client. */
    OUTPUT
  }

  /** What the audit log calls it. */
  String name();

  /** Whether it looks at texts of this direction. */
  boolean watches(Direction direction);

  /** Why the text must not pass; empty if it may. */
  Optional<String> objection(String text);

  @Override
  default void close() {}
}
