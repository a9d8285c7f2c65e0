package deepseek.cli.chat;

/** What came of waiting for a line. */
public sealed interface Line {
  /** A line without its end. */
  record Text(String text) implements Line {}

  /** Ctrl-C: whatever was begun is dropped. */
  record Interrupted() implements Line {}

  /** There is no more. */
  record End() implements Line {}
}
