package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.kernel.KernelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clang in a jar, which is on the class path with {@code mvn -Pclang}. */
class BundledClangTest {
  @TempDir private Path folder;

  private static CCompiler clang(KernelCache cache) {
    return Presence.require(
        "clang",
        () ->
            BundledClang.find(cache)
                .orElseThrow(
                    () ->
                        new KernelException(
                            "find clang",
                            "org.bytedeco:llvm on the class path",
                            "none",
                            "test with -Pclang")));
  }

  @Test
  void isTheCompilerWhereThereIsNoOther() {
    CCompiler clang = clang(KernelCache.ofUser());
    assertThat(clang.version()).startsWith("clang version");
    assertThat(CCompiler.ofSystem()).isEmpty();
    assertThat(CCompiler.find()).contains(clang);
  }

  @Test
  void isUnpackedOnceAndAgainWhenDamaged() throws IOException {
    clang(new KernelCache(folder));
    KernelCache second = new KernelCache(folder);
    CCompiler clang = clang(second);
    assertThat(second.made()).isZero();
    Files.writeString(Path.of(clang.command().getFirst()), "cut short");
    Path library =
        new CompiledCode(second, clang(second))
            .library("one", "#include <string.h>\nint one(void) { return 1; }", List.of("-O1"));
    assertThat(second.made()).isEqualTo(2);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(SymbolLookup.libraryLookup(library, arena).find("one")).isPresent();
    }
  }
}
