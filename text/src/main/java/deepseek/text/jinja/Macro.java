package deepseek.text.jinja;

import deepseek.text.jinja.Statement.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A macro, bound to the scope of its definition.
 *
 * @param body runs with the variables of one call
 */
record Macro(
    Statement.Macro statement, Frame definition, Evaluator evaluator, Function<Frame, Object> body)
    implements Callable, Attributes {
  /** Implicit variables of a macro that uses them. */
  private static final String VARARGS = "varargs";

  private static final String KWARGS = "kwargs";
  private static final String CALLER = "caller";

  String name() {
    return statement.name();
  }

  /** Whether it is the unnamed macro of a call block. */
  private boolean isAnonymous() {
    return name().equals(CALLER);
  }

  /** Python's string form. */
  String shown() {
    return "<Macro " + (isAnonymous() ? "anonymous" : PythonText.quoted(name())) + ">";
  }

  private List<Parameter> parameters() {
    return statement.parameters();
  }

  @Override
  public Object call(Args args) {
    Frame frame = definition.inner();
    Map<String, Object> named = new LinkedHashMap<>(args.named());
    for (int i = 0; i < parameters().size(); i++) {
      Parameter parameter = parameters().get(i);
      Object given =
          i < args.positional().size() ? args.positional().get(i) : named.remove(parameter.name());
      frame.set(parameter.name(), given != null ? given : preset(parameter, frame));
    }
    boolean declares = parameters().stream().anyMatch(p -> p.name().equals(CALLER));
    if (statement.uses(CALLER) && !declares) {
      Object caller = named.remove(CALLER);
      frame.set(CALLER, caller == null ? new Undefined("No caller defined") : caller);
    }
    collect(args.positional(), named, frame);
    return body.apply(frame);
  }

  private Object preset(Parameter parameter, Frame frame) {
    return parameter.preset().isPresent()
        ? evaluator.value(parameter.preset().get(), frame)
        : Undefined.name(parameter.name());
  }

  /** Collects the arguments without a parameter. */
  private void collect(List<Object> positional, Map<String, Object> named, Frame frame) {
    if (statement.uses(KWARGS)) {
      Map<Object, Object> rest = new LinkedHashMap<>();
      named.forEach((name, value) -> rest.put(Str.of(name), value));
      frame.set(KWARGS, rest);
    } else if (!named.isEmpty()) {
      throw new Failure(name() + " has no parameter " + named.keySet().iterator().next());
    }
    int count = Math.min(parameters().size(), positional.size());
    if (statement.uses(VARARGS)) {
      frame.set(VARARGS, new Tuple(positional.subList(count, positional.size())));
    } else if (positional.size() > count) {
      throw new Failure(name() + " takes " + count + " arguments");
    }
  }

  @Override
  public String type() {
    return "macro";
  }

  @Override
  public Object get(String attribute) {
    return switch (attribute) {
      case "name" -> isAnonymous() ? None.NONE : Str.of(name());
      case "arguments" -> {
        List<Object> names = new ArrayList<>();
        parameters().forEach(parameter -> names.add(Str.of(parameter.name())));
        yield new Tuple(names);
      }
      case "catch_varargs" -> statement.uses(VARARGS);
      case "catch_kwargs" -> statement.uses(KWARGS);
      case CALLER -> statement.uses(CALLER);
      default -> new Undefined("macro has no '" + attribute + "'");
    };
  }
}
