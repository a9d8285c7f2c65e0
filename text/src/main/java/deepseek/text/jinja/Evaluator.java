package deepseek.text.jinja;

import deepseek.text.jinja.Expr.Arguments;
import deepseek.text.jinja.Expr.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Evaluates expressions. */
final class Evaluator {
  private final Budget budget;
  private final Lookup lookup;
  private final Filters filters;
  private final Arithmetic arithmetic;
  private final Conditions conditions;

  Evaluator(Budget budget) {
    this.budget = budget;
    this.lookup = new Lookup(budget);
    this.filters = new Filters(budget, lookup);
    this.arithmetic = new Arithmetic(budget);
    this.conditions = new Conditions(budget);
  }

  Object value(Expr expression, Frame frame) {
    budget.enter();
    Object value =
        switch (expression) {
          case Expr.Literal(Object literal) -> literal;
          case Expr.Name(String name) -> frame.get(name);
          case Expr.ListOf(List<Expr> items) -> values(items, frame);
          case Expr.TupleOf(List<Expr> items) -> new Tuple(values(items, frame));
          case Expr.DictOf dict -> dict(dict, frame);
          case Expr.Attribute(Expr target, String name) ->
              lookup.attribute(value(target, frame), name);
          case Expr.Item(Expr target, Expr key) ->
              lookup.item(value(target, frame), value(key, frame));
          case Expr.Slice slice ->
              lookup.slice(
                  value(slice.target(), frame),
                  bound(slice.from(), frame),
                  bound(slice.to(), frame),
                  bound(slice.step(), frame));
          case Expr.Call(Expr target, Arguments arguments) ->
              call(value(target, frame), args(arguments, frame));
          case Expr.Filter(Expr target, String name, Arguments arguments) ->
              filters.apply(name, value(target, frame), args(arguments, frame));
          case Expr.Test(Expr target, String name, Arguments arguments) ->
              conditions.holds(name, value(target, frame), args(arguments, frame));
          case Expr.Not(Expr operand) -> !truthy(operand, frame);
          case Expr.And(Expr left, Expr right) -> {
            Object first = value(left, frame);
            yield Values.truthy(first) ? value(right, frame) : first;
          }
          case Expr.Or(Expr left, Expr right) -> {
            Object first = value(left, frame);
            yield Values.truthy(first) ? first : value(right, frame);
          }
          case Expr.Negative(Expr operand) -> Arithmetic.negate(value(operand, frame));
          case Expr.Positive(Expr operand) -> Arithmetic.plus(value(operand, frame));
          case Expr.Arithmetic(Expr.Operator operator, Expr left, Expr right) ->
              arithmetic.apply(operator, value(left, frame), value(right, frame));
          case Expr.Concat(List<Expr> parts) -> concat(parts, frame);
          case Expr.Comparison comparison -> compare(comparison, frame);
          case Expr.Conditional conditional -> choose(conditional, frame);
        };
    budget.leave();
    return value;
  }

  boolean truthy(Expr expression, Frame frame) {
    return Values.truthy(value(expression, frame));
  }

  Str print(Object value) {
    return filters.print(value);
  }

  Object filter(Statement.FilterCall filter, Object value, Frame frame) {
    return filters.apply(filter.name(), value, args(filter.arguments(), frame));
  }

  Object call(Object target, Args args) {
    return switch (target) {
      case Callable callable -> callable.call(args);
      case Loop loop when loop.recursion().isPresent() -> loop.recursion().get().call(args);
      default -> throw new Failure(Values.type(Values.defined(target)) + " can't be called");
    };
  }

  Args args(Arguments arguments, Frame frame) {
    if (arguments.equals(Arguments.NONE)) {
      return Args.NONE;
    }
    List<Object> positional = values(arguments.positional(), frame);
    Map<String, Object> named = new LinkedHashMap<>();
    arguments.named().forEach((name, argument) -> named.put(name, value(argument, frame)));
    if (arguments.rest().isPresent()) {
      List<Object> rest = Values.items(value(arguments.rest().get(), frame), budget);
      budget.items(rest.size());
      positional.addAll(rest);
    }
    if (arguments.namedRest().isPresent()) {
      if (!(value(arguments.namedRest().get(), frame) instanceof Map<?, ?> rest)) {
        throw new Failure("what follows ** must be a dict");
      }
      budget.objects(rest.size());
      rest.forEach(
          (name, value) -> named.put(Values.text(name, "an argument's name").chars(), value));
    }
    return new Args(positional, named);
  }

  private List<Object> values(List<Expr> expressions, Frame frame) {
    budget.items(expressions.size());
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expr expression : expressions) {
      values.add(value(expression, frame));
    }
    return values;
  }

  private Object dict(Expr.DictOf dict, Frame frame) {
    budget.objects(dict.keys().size());
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < dict.keys().size(); i++) {
      Object key = Values.key(value(dict.keys().get(i), frame));
      map.put(key, value(dict.values().get(i), frame));
    }
    return map;
  }

  private Object bound(Optional<Expr> bound, Frame frame) {
    return bound.isPresent() ? value(bound.get(), frame) : None.NONE;
  }

  private Str concat(List<Expr> parts, Frame frame) {
    StrBuilder joined = new StrBuilder(budget);
    for (Expr part : parts) {
      joined.append(print(value(part, frame)));
    }
    return joined.str();
  }

  private boolean compare(Expr.Comparison comparison, Frame frame) {
    Object left = value(comparison.first(), frame);
    for (Step step : comparison.steps()) {
      Object right = value(step.right(), frame);
      if (!holds(step.relation(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private boolean holds(Expr.Relation relation, Object left, Object right) {
    return switch (relation) {
      case EQUAL -> Values.equal(left, right, budget);
      case NOT_EQUAL -> !Values.equal(left, right, budget);
      case LESS -> Values.compare(left, right, budget) < 0;
      case LESS_OR_EQUAL -> Values.compare(left, right, budget) <= 0;
      case GREATER -> Values.compare(left, right, budget) > 0;
      case GREATER_OR_EQUAL -> Values.compare(left, right, budget) >= 0;
      case IN -> Values.contains(right, left, budget);
      case NOT_IN -> !Values.contains(right, left, budget);
    };
  }

  private Object choose(Expr.Conditional conditional, Frame frame) {
    if (truthy(conditional.condition(), frame)) {
      return value(conditional.value(), frame);
    }
    return conditional.otherwise().isPresent()
        ? value(conditional.otherwise().get(), frame)
        : new Undefined("the condition was false and there is no else");
  }
}
