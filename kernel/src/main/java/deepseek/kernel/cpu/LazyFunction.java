package deepseek.kernel.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A C function, which is looked up and whose handle is made when it is first called: that takes
 * milliseconds, and a start calls few of them.
 */
final class LazyFunction {
  private final SymbolLookup symbols;
  private final String name;
  private final FunctionDescriptor shape;
  private volatile @Nullable MethodHandle handle;

  /** A function of {@code pointers} addresses and then {@code words} of eight bytes. */
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
      handle = made; // twice at worst
    }
    return made;
  }
}
