package deepseek.kernel.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A C function whose symbol is looked up and whose handle is created on the first call: that takes
 * milliseconds, and few functions are needed at startup.
 */
final class LazyFunction {
  private final SymbolLookup symbols;
  private final String name;
  private final FunctionDescriptor shape;
  private volatile @Nullable MethodHandle handle;

  /** A function of {@code pointers} pointers followed by {@code words} 64-bit integers. */
  LazyFunction(SymbolLookup symbols, String name, int pointers, int words) {
    this.symbols = symbols;
    this.name = name;
    this.shape =
        FunctionDescriptor.ofVoid(
            Stream.concat(
                    Stream.generate(() -> (ValueLayout) ValueLayout.ADDRESS).limit(pointers),
                    Stream.generate(() -> (ValueLayout) ValueLayout.JAVA_LONG).limit(words))
                .toArray(ValueLayout[]::new));
  }

  MethodHandle handle() {
    MethodHandle made = handle;
    if (made == null) {
      made = Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), shape);
      handle = made; // a race creates it twice at worst
    }
    return made;
  }
}
