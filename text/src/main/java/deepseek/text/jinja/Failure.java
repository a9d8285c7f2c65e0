package deepseek.text.jinja;

/**
 * An error during rendering. Statements add their line while it propagates; {@link JinjaTemplate}
 * converts it to the exception that callers see.
 */
final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The cause of the error. */
  enum Kind {
    /** The template is wrong, or can't handle these values. */
    TEMPLATE,
    /** The template called {@code raise_exception}: the messages are not what the model expects. */
    REFUSAL
  }

  private final Kind kind;
  private final String reason;
  private int line;

  Failure(String reason) {
    this(Kind.TEMPLATE, reason, 0);
  }

  Failure(String reason, int line) {
    this(Kind.TEMPLATE, reason, line);
  }

  private Failure(Kind kind, String reason, int line) {
    // No stack trace: it would show the interpreter, never the template.
    super(reason, null, false, false);
    this.kind = kind;
    this.reason = reason;
    this.line = line;
  }

  static Failure refusal(String reason) {
    return new Failure(Kind.REFUSAL, reason, 0);
  }

  Kind kind() {
    return kind;
  }

  String reason() {
    return reason;
  }

  int line() {
    return line;
  }

  /** Sets the line, unless an inner statement did. */
  void at(int statementLine) {
    if (line == 0) {
      line = statementLine;
    }
  }
}
