package deepseek.devices.ir;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One kernel: what each item of a grid does with the arguments given at launch.
 *
 * <p>One that exists is valid; making one throws {@link deepseek.kernel.KernelException} for names
 * that are unknown, taken or out of scope, and for barriers that not all items of a group reach.
 */
public record Kernel(String name, List<Argument> arguments, Grid grid, List<Stmt> body) {
  public Kernel {
    arguments = List.copyOf(arguments);
    body = List.copyOf(body);
    Validator.check(name, arguments, grid, body);
  }

  /** The kernel that {@code description} writes down. */
  public static Kernel describe(String name, Consumer<KernelBuilder> description) {
    KernelBuilder builder = new KernelBuilder(name);
    description.accept(builder);
    return builder.kernel();
  }

  public List<Memory.Buffer> buffers() {
    return arguments.stream()
        .filter(Memory.Buffer.class::isInstance)
        .map(Memory.Buffer.class::cast)
        .toList();
  }

  public List<Parameter> parameters() {
    return arguments.stream()
        .filter(Parameter.class::isInstance)
        .map(Parameter.class::cast)
        .toList();
  }

  public Kernel withBody(List<Stmt> changed) {
    return new Kernel(name, arguments, grid, changed);
  }

  /** All statements, each before those nested in it. */
  public Stream<Stmt> statements() {
    return body.stream().flatMap(Kernel::nested);
  }

  /** All values that any statement computes, each before its parts. */
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
