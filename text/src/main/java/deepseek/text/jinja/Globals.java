package deepseek.text.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The global functions of templates. */
final class Globals {
  /** As in Jinja's sandbox. */
  private static final long MAX_RANGE = 100_000;

  private Globals() {}

  static void define(Frame frame, Budget budget, Clock clock) {
    function(
        frame,
        "raise_exception",
        args -> {
          throw Failure.refusal(Printer.print(args.require(0, "message"), budget).chars());
        });
    function(
        frame,
        "strftime_now",
        args -> Str.of(Clocks.format(ZonedDateTime.now(clock), args.chars(0, "format"))));
    function(frame, "range", args -> range(args, budget));
    function(frame, "dict", args -> dict(args, budget));
    function(
        frame,
        "namespace",
        args -> {
          Namespace namespace = new Namespace();
          dict(args, budget)
              .forEach((name, value) -> namespace.put(Values.text(name, "a field").chars(), value));
          return namespace;
        });
    function(frame, "cycler", args -> new Cycler(args.positional()));
    function(frame, "joiner", args -> joiner(args.text(0, "sep", ", ")));
  }

  /** Pins the type of the lambda, which {@link Frame#set} alone would not. */
  private static void function(Frame frame, String name, Callable function) {
    frame.set(name, function);
  }

  /** Returns nothing at the first call, then the separator. */
  private static Callable joiner(Str separator) {
    AtomicBoolean used = new AtomicBoolean();
    return args -> used.getAndSet(true) ? separator : Str.EMPTY;
  }

  private static List<Object> range(Args args, Budget budget) {
    List<Object> given = args.positional();
    if (given.isEmpty() || given.size() > 3) {
      throw new Failure("range takes 1 to 3 arguments");
    }
    long first = given.size() == 1 ? 0 : Values.whole(given.get(0), "the start of a range");
    long end = Values.whole(given.get(given.size() == 1 ? 0 : 1), "the end of a range");
    long step = given.size() == 3 ? Values.whole(given.get(2), "the step of a range") : 1;
    if (step == 0) {
      throw new Failure("the step of a range must not be 0");
    }
    double size = Math.ceil(((double) end - first) / step);
    if (size > MAX_RANGE) {
      throw new Failure("a range of more than " + MAX_RANGE + " numbers");
    }
    budget.objects((long) Math.max(0, size));
    List<Object> numbers = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      numbers.add(first + i * step);
    }
    return numbers;
  }

  private static Map<Object, Object> dict(Args args, Budget budget) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (!args.positional().isEmpty()) {
      Object source = args.positional().getFirst();
      if (source instanceof Map<?, ?> given) {
        budget.objects(given.size());
        map.putAll(given);
      } else {
        for (Object pair : Values.items(source, budget)) {
          budget.objects(1);
          if (!(pair instanceof List<?> two) || two.size() != 2) {
            throw new Failure("dict needs pairs");
          }
          map.put(Values.key(two.get(0)), two.get(1));
        }
      }
    }
    args.named().forEach((name, value) -> map.put(Str.of(name), value));
    return map;
  }
}
