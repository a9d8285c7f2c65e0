package deepseek.devices.ir;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A kernel: the statements that each item of a grid executes, and the arguments passed at launch.
 *
 * <p>Instances are valid: the constructor throws {@link deepseek.kernel.KernelException} for names
 * that are unknown, duplicate or out of scope, and for barriers that not all items of a group
 * reach.
 */
public record Kernel(String name, List<Argument> arguments, Grid grid, List<Stmt> body) {
  public Kernel {
    arguments = List.copyOf(arguments);
    body = List.copyOf(body);
    Validator.check(name, arguments, grid, body);
  }

  /** Builds a kernel from the calls that {@code description} makes. */
  public static Kernel describe(String name, Consumer<KernelBuilder> description) {
    KernelBuilder builder = new KernelBuilder(name);
    description.accept(builder);
    return builder.kernel();
  }

  /** The arguments that are buffers, in order. */
  public List<Memory.Buffer> buffers() {
    return arguments.stream()
        .filter(Memory.Buffer.class::isInstance)
        .map(Memory.Buffer.class::cast)
        .toList();
  }

  /** The arguments that are parameters, in order. */
  public List<Parameter> parameters() {
    return arguments.stream()
        .filter(Parameter.class::isInstance)
        .map(Parameter.class::cast)
        .toList();
  }

  /** A copy with another body. */
  public Kernel withBody(List<Stmt> changed) {
    return new Kernel(name, arguments, grid, changed);
  }

  /** All statements in pre-order. */
  public Stream<Stmt> statements() {
    return body.stream().flatMap(Kernel::nested);
  }

  /** All expressions of all statements in pre-order. */
  public Stream<Expr> values() {
    return statements().flatMap(statement -> statement.values().stream()).flatMap(Kernel::parts);
  }

  private static Stream<Stmt> nested(Stmt statement) {
    return Stream.concat(
        Stream.of(statement),
        statement.bodies().stream().flatMap(List::stream).flatMap(Kernel::nested));
  }

  private static Stream<Expr> parts(Expr value) {
    return Stream.concat(Stream.of(value), value.children().stream().flatMap(Kernel::parts));
  }
}
