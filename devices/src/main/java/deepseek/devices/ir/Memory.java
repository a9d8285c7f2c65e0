package deepseek.devices.ir;

import deepseek.kernel.KernelException;

/** A buffer or an array of 32-bit words, indexed from 0. */
public sealed interface Memory {
  /** The name in the kernel's source. */
  String name();

  /** The type of the words. */
  ScalarType type();

  /** The word at {@code index}. */
  default Expr at(Expr index) {
    return new Expr.Load(this, index);
  }

  /** The word at a constant index. */
  default Expr at(int index) {
    return at(Expr.of(index));
  }

  /** The word at {@code index} if {@code inside} holds, else zero without a memory access. */
  default Expr atIf(Expr inside, Expr index) {
    return inside.choose(at(index), Expr.zero(type()));
  }

  /**
   * Device memory, passed at launch. A buffer that is written may not overlap any other of the
   * launch.
   */
  record Buffer(String name, ScalarType type, Access access) implements Memory, Argument {
    public Buffer {
      Names.check("declare buffer", name);
      requireWord("declare buffer " + name, type);
    }
  }

  /** What a kernel does with a buffer. */
  enum Access {
    READ,
    WRITE,
    READ_WRITE;

    /** Whether kernels may load from it. */
    public boolean reads() {
      return this != WRITE;
    }

    /** Whether kernels may store to it. */
    public boolean writes() {
      return this != READ;
    }
  }

  /** Memory with the lifetime of a group or an item; uninitialised. */
  record Array(String name, ScalarType type, int size, Sharing sharing) implements Memory {
    private static final int LARGEST = 8192;

    public Array {
      Names.check("declare array", name);
      requireWord("declare array " + name, type);
      if (size < 1 || (size > LARGEST && sharing != Sharing.SLICES)) {
        throw new KernelException(
            "declare array " + name,
            "1 to " + LARGEST + " words",
            String.valueOf(size),
            "a group has 32 KB on every target: use a smaller tile");
      }
    }
  }

  /** Which items share an array. */
  enum Sharing {
    GROUP,
    ITEM,
    /**
     * Each item has a slice; only created by lowering, for targets that run a group's items in
     * turn.
     */
    SLICES
  }

  private static void requireWord(String operation, ScalarType type) {
    if (!type.isWord()) {
      throw new KernelException(
          operation, "I32, U32 or F32 words", type.name(), "store 0 or 1 as I32 instead");
    }
  }
}
