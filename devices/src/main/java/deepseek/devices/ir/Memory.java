package deepseek.devices.ir;

import deepseek.kernel.KernelException;

/** What can be loaded from and stored to: words, numbered from 0. */
public sealed interface Memory {
  String name();

  ScalarType type();

  /** The word at {@code index}. */
  default Expr at(Expr index) {
    return new Expr.Load(this, index);
  }

  default Expr at(int index) {
    return at(Expr.of(index));
  }

  /**
   * The word at {@code index} where {@code inside} holds, else zero; outside, nothing is touched.
   */
  default Expr atIf(Expr inside, Expr index) {
    return inside.choose(at(index), Expr.zero(type()));
  }

  /** Words of the device, given at launch; no two buffers of a launch overlap if one is written. */
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

    public boolean reads() {
      return this != WRITE;
    }

    public boolean writes() {
      return this != READ;
    }
  }

  /** Words that live as long as the group or the item; undefined until stored to. */
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

  /** Who sees an array's words. */
  enum Sharing {
    GROUP,
    ITEM,
    /** Each item its part; made by lowering for targets that run a group's items in turn. */
    SLICES
  }

  private static void requireWord(String operation, ScalarType type) {
    if (!type.isWord()) {
      throw new KernelException(
          operation, "I32, U32 or F32 words", type.name(), "store 0 or 1 as I32 instead");
    }
  }
}
