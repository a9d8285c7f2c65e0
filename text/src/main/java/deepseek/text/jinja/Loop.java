package deepseek.text.jinja;

import java.util.List;
import java.util.Optional;

/** The variable {@code loop} of a {@code for}. */
final class Loop implements Attributes {
  private final List<Object> items;
  private final int depth;
  private final Optional<Callable> recursion;
  private final Budget budget;
  private int index;
  private Optional<List<Object>> last = Optional.empty();

  /**
   * @param depth 0 for the outermost of a recursive loop
   * @param recursion runs the loop's body over other items
   */
  Loop(List<Object> items, int depth, Optional<Callable> recursion, Budget budget) {
    this.items = items;
    this.depth = depth;
    this.recursion = recursion;
    this.budget = budget;
  }

  void at(int newIndex) {
    index = newIndex;
  }

  Optional<Callable> recursion() {
    return recursion;
  }

  @Override
  public String type() {
    return "loop";
  }

  @Override
  public Object get(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> depth + 1L;
      case "depth0" -> (long) depth;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index + 1 < items.size() ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle" -> (Callable) this::cycle;
      case "changed" -> (Callable) this::changed;
      default -> new Undefined("loop has no '" + name + "'");
    };
  }

  private Object cycle(Args args) {
    if (args.positional().isEmpty()) {
      throw new Failure("loop.cycle needs values");
    }
    return args.positional().get(index % args.positional().size());
  }

  private Object changed(Args args) {
    boolean same = last.isPresent() && Values.equal(last.get(), args.positional(), budget);
    last = Optional.of(args.positional());
    return !same;
  }
}
