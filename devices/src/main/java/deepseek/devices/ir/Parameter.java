package deepseek.devices.ir;

import deepseek.kernel.KernelException;

/** A scalar passed at launch, the same for all items. */
public record Parameter(String name, ScalarType type) implements Argument {
  public Parameter {
    Names.check("declare parameter", name);
    if (!type.isWord()) {
      throw new KernelException(
          "declare parameter " + name, "I32, U32 or F32", type.name(), "pass 0 or 1 as I32");
    }
  }

  /** The parameter as an expression. */
  public Expr.Variable value() {
    return new Expr.Variable(name, type);
  }
}
