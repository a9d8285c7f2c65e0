package deepseek.text.jinja;

import java.util.List;
import java.util.Optional;

/** A statement of a template. */
sealed interface Statement {
  /** The line of its beginning, from 1. */
  int line();

  record Text(String text, int line) implements Statement {}

  record Output(Expr value, int line) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise, int line) implements Statement {}

  record Branch(Expr condition, List<Statement> body) {}

  /** A loop over the items that pass {@code filter}; {@code otherwise} runs if there are none. */
  record For(
      Target target,
      Expr items,
      Optional<Expr> filter,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Set(Target target, Expr value, int line) implements Statement {}

  /** {@code {% set name | filter %}text{% endset %}}. */
  record SetBlock(Target target, List<FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  /** A macro definition; {@code names} are the variables that its body uses. */
  record Macro(
      String name,
      List<Parameter> parameters,
      List<Statement> body,
      java.util.Set<String> names,
      int line)
      implements Statement {
    boolean uses(String variable) {
      return names.contains(variable);
    }
  }

  /** {@code {% call(parameters) macro() %}body{% endcall %}}. */
  record CallBlock(Expr.Call call, Macro caller, int line) implements Statement {}

  record FilterBlock(List<FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  record With(List<Target> targets, List<Expr> values, List<Statement> body, int line)
      implements Statement {}

  /** {@code {% generation %}}: marks the assistant's text; the body is rendered unchanged. */
  record Generation(List<Statement> body, int line) implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  record Parameter(String name, Optional<Expr> preset) {}

  record FilterCall(String name, Expr.Arguments arguments) {}

  /** The target of an assignment. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    /** {@code namespace.name}. */
    record Field(String namespace, String name) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
