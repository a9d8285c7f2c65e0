package deepseek.text.jinja;

import deepseek.text.jinja.Statement.Branch;
import deepseek.text.jinja.Statement.FilterCall;
import deepseek.text.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** Executes statements, appending to the output. */
final class Renderer {
  /** How a body ended. */
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;

  Renderer(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  Str render(List<Statement> body, Frame frame) {
    StrBuilder out = new StrBuilder(budget);
    run(body, frame, out);
    return out.str();
  }

  private Flow run(List<Statement> body, Frame frame, StrBuilder out) {
    for (Statement statement : body) {
      Flow flow;
      try {
        budget.enter();
        flow = run(statement, frame, out);
        budget.leave();
      } catch (Failure failure) {
        failure.at(statement.line());
        throw failure;
      }
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow run(Statement statement, Frame frame, StrBuilder out) {
    switch (statement) {
      case Statement.Text text -> out.append(text.text());
      case Statement.Output output ->
          out.append(evaluator.print(evaluator.value(output.value(), frame)));
      case Statement.If branches -> {
        return branch(branches, frame, out);
      }
      case Statement.For loop -> loop(loop, frame, out, 0, evaluator.value(loop.items(), frame));
      case Statement.Set set -> assign(set.target(), evaluator.value(set.value(), frame), frame);
      case Statement.SetBlock set ->
          assign(
              set.target(),
              filtered(set.filters(), render(set.body(), frame.inner()), frame),
              frame);
      case Statement.Macro macro -> frame.set(macro.name(), macro(macro, frame));
      case Statement.CallBlock call -> out.append(evaluator.print(callBlock(call, frame)));
      case Statement.FilterBlock block ->
          out.append(
              evaluator.print(
                  filtered(block.filters(), render(block.body(), frame.inner()), frame)));
      case Statement.With with -> {
        Frame inner = frame.inner();
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), evaluator.value(with.values().get(i), frame), inner);
        }
        return run(with.body(), inner, out);
      }
      case Statement.Generation generation -> run(generation.body(), frame.inner(), out);
      case Statement.Break stop -> {
        return Flow.BREAK;
      }
      case Statement.Continue skip -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NEXT;
  }

  private Flow branch(Statement.If branches, Frame frame, StrBuilder out) {
    for (Branch branch : branches.branches()) {
      if (evaluator.truthy(branch.condition(), frame)) {
        return run(branch.body(), frame, out);
      }
    }
    return run(branches.otherwise(), frame, out);
  }

  private void loop(Statement.For loop, Frame frame, StrBuilder out, int depth, Object over) {
    List<Object> items = kept(loop, frame, Values.items(over, budget));
    Optional<Callable> recursion = Optional.empty();
    if (loop.recursive()) {
      recursion =
          Optional.of(
              args -> {
                StrBuilder inner = new StrBuilder(budget);
                loop(loop, frame, inner, depth + 1, args.require(0, "items"));
                return inner.str();
              });
    }
    Loop state = new Loop(items, depth, recursion, budget);
    boolean finished = false;
    for (int i = 0; i < items.size(); i++) {
      state.at(i);
      Frame inner = frame.inner();
      inner.set("loop", state);
      assign(loop.target(), items.get(i), inner);
      Flow flow = run(loop.body(), inner, out);
      finished |= flow == Flow.NEXT;
      if (flow == Flow.BREAK) {
        break;
      }
    }
    // Jinja's else also runs if no iteration reached its end, because of break or continue.
    if (!finished) {
      run(loop.otherwise(), frame.inner(), out);
    }
  }

  private List<Object> kept(Statement.For loop, Frame frame, List<Object> items) {
    if (loop.filter().isEmpty()) {
      return items;
    }
    budget.items(items.size());
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      Frame inner = frame.inner();
      assign(loop.target(), item, inner);
      if (evaluator.truthy(loop.filter().get(), inner)) {
        kept.add(item);
      }
    }
    return kept;
  }

  private void assign(Target target, Object value, Frame frame) {
    switch (target) {
      case Target.Variable(String name) -> frame.set(name, value);
      case Target.Field(String namespace, String name) -> {
        if (!(frame.get(namespace) instanceof Namespace fields)) {
          throw new Failure(namespace + "." + name + " can't be set: it is no namespace");
        }
        fields.put(name, value);
      }
      case Target.Several(List<Target> targets) -> {
        List<Object> items = Values.items(Values.defined(value), budget);
        if (items.size() != targets.size()) {
          throw new Failure(targets.size() + " names but " + items.size() + " values");
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), items.get(i), frame);
        }
      }
    }
  }

  private Object filtered(List<FilterCall> filters, Object value, Frame frame) {
    Object result = value;
    for (FilterCall filter : filters) {
      result = evaluator.filter(filter, result, frame);
    }
    return result;
  }

  /** A macro sees the variables at its definition, not those at its call. */
  private Macro macro(Statement.Macro macro, Frame definition) {
    return new Macro(macro, definition, evaluator, frame -> render(macro.body(), frame));
  }

  private Object callBlock(Statement.CallBlock block, Frame frame) {
    Args args = evaluator.args(block.call().arguments(), frame);
    var named = new LinkedHashMap<>(args.named());
    named.put("caller", macro(block.caller(), frame));
    Object target = evaluator.value(block.call().target(), frame);
    return evaluator.call(target, new Args(args.positional(), named));
  }
}
