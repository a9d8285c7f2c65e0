package deepseek.text.jinja;

import deepseek.files.DataException;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * A parsed template. Immutable and thread-safe.
 *
 * <pre>{@code
 * JinjaTemplate.parse("{% for m in messages %}{{ m.content | trim }}{% endfor %}")
 *     .render(Map.of("messages", messages), Clock.systemDefaultZone());
 * }</pre>
 *
 * <p>Both steps throw {@link DataException}: for a syntax error, an operation that fails in Python
 * too, a call of {@code raise_exception}, or an exceeded limit, each with its line.
 */
public final class JinjaTemplate {
  /** The longest known template has 30,000 characters. */
  private static final int MAX_SOURCE = 1 << 20;

  private final List<Statement> body;

  private JinjaTemplate(List<Statement> body) {
    this.body = body;
  }

  /**
   * Parses a template.
   *
   * @throws DataException if the source is too long or no valid Jinja
   */
  public static JinjaTemplate parse(String source) {
    if (source.length() > MAX_SOURCE) {
      throw new DataException(
          "read the chat template",
          "at most " + MAX_SOURCE + " characters",
          Integer.toString(source.length()),
          "check tokenizer_config.json");
    }
    try {
      return new JinjaTemplate(Parser.parse(source));
    } catch (Failure failure) {
      throw new DataException(
          "read the chat template",
          "valid Jinja",
          where(failure),
          "fix the template or pass another one",
          failure);
    }
  }

  /** Renders with the default limits. */
  public Rendered render(Map<String, ?> variables, Clock clock) {
    return render(variables, clock, Limits.DEFAULT);
  }

  /**
   * Renders.
   *
   * @param variables strings, {@link Given} strings, numbers, booleans, nulls, and lists and maps
   *     of them
   * @param clock the clock of {@code strftime_now}
   */
  public Rendered render(Map<String, ?> variables, Clock clock, Limits limits) {
    try {
      Budget budget = new Budget(limits);
      Frame globals = new Frame(null);
      Globals.define(globals, budget, clock);
      variables.forEach((name, value) -> globals.set(name, Values.of(value)));
      Str text = new Renderer(budget).render(body, globals.inner());
      return new Rendered(text.chars(), text.givenSpans());
    } catch (Failure failure) {
      throw switch (failure.kind()) {
        case REFUSAL ->
            new DataException(
                "render the chat template",
                "messages that this model's template accepts",
                where(failure),
                "change the messages",
                failure);
        case TEMPLATE ->
            new DataException(
                "render the chat template",
                "a template that can handle these messages",
                where(failure),
                "change the messages or pass another template",
                failure);
      };
    }
  }

  private static String where(Failure failure) {
    String reason = failure.reason().replaceAll("\\s+", " ").strip();
    String shown = reason.length() > 300 ? reason.substring(0, 300) + "…" : reason;
    return failure.line() == 0 ? shown : "in line " + failure.line() + ": " + shown;
  }
}
