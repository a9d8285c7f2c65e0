package deepseek.kernel.runtime;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Linux's permission to use AMX tiles, 8 KB of additional state per thread, which a process must
 * request before its first tile instruction: {@code arch_prctl(ARCH_REQ_XCOMP_PERM,
 * XFEATURE_XTILEDATA)}.
 */
final class TilePermission {
  private static final System.Logger LOG = System.getLogger(TilePermission.class.getName());
  private static final long ARCH_PRCTL = 158;
  private static final long REQUEST_PERMISSION = 0x1023;
  private static final long TILE_DATA = 18;

  private static final class Asked {
    static final boolean GRANTED = ask();
  }

  private TilePermission() {}

  /**
   * Requests it once, for all threads; a refusal is logged. Only for processors that have tiles.
   */
  static boolean isGranted() {
    return Asked.GRANTED;
  }

  private static boolean ask() {
    long result = request();
    if (result != 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "AVX-512 does what AMX would do faster: the system does not let this process use tiles");
    }
    return result == 0;
  }

  /** 0, or -1 for a refusal. */
  static long request() {
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor form =
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    try {
      MethodHandle call =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("syscall"),
              form,
              Linker.Option.firstVariadicArg(1));
      return (long) call.invokeExact(ARCH_PRCTL, REQUEST_PERMISSION, TILE_DATA);
    } catch (Throwable e) {
      throw new LinkageError("the system could not be asked for tiles", e);
    }
  }
}
