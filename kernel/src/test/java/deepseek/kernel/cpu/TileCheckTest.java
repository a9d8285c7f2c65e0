package deepseek.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.runtime.CCompiler;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compilers that support AMX, don't, or miscompile it; none needs a processor with AMX. */
class TileCheckTest {
  private static final CpuFeatures TILES = new CpuFeatures("x86_64", InstructionSet.AMX.features);

  @TempDir private Path folder;
  private CCompiler real;

  @BeforeEach
  void thisProcessorHasTheRest() {
    real = Presence.compiler();
    assumeThat(InstructionSet.AVX512_VNNI.isHere()).as("this processor has AVX-512 VNNI").isTrue();
  }

  @Test
  void withoutTilesNothingIsAsked() {
    CpuFeatures none = TILES.withoutTiles();
    assertThat(TileCheck.usable(none, new KernelCache(folder), compiler("exit 1"))).isEqualTo(none);
  }

  @Test
  void compilersThatDoNotKnowThemAreAskedForTheRest() {
    CCompiler old = compiler("echo 'error: unrecognized option -mamx-tile'; exit 1");
    assertThat(TileCheck.usable(TILES, new KernelCache(folder), old))
        .isEqualTo(TILES.withoutTiles());
  }

  @Test
  void productsThatAgreeAreFoundOnce() {
    CCompiler without = compiler("exec " + real + " -O0 " + WITHOUT);
    assertThat(TileCheck.usable(TILES, new KernelCache(folder), without)).isEqualTo(TILES);
    // The second time nothing is compiled, since the result is cached.
    CCompiler none = compiler("exit 1");
    assertThat(TileCheck.usable(TILES, new KernelCache(folder), none)).isEqualTo(TILES);
  }

  @Test
  void productsThatDifferAreNotUsed() {
    // Skips a product's first 16 rows where AMX would compute them.
    String mistake = "s/int64_t t = amx_tiles(/int64_t t = rows >= 16 + 0 * amx_tiles(/";
    CCompiler wrong =
        compiler(
            "source=${@: -2:1}\n"
                + ("sed -i '"
                    + mistake
                    + "' \"$source\"; grep -q 'rows >= 16 + 0' \"$source\" || exit 1\n")
                + ("exec " + real + " -O0 " + WITHOUT));
    assertThat(TileCheck.usable(TILES, new KernelCache(folder), wrong))
        .isEqualTo(TILES.withoutTiles());
  }

  /** The arguments without AMX, so that this processor can run the result. */
  private static final String WITHOUT = "\"${@/-mamx-*/-w}\"";

  private CCompiler compiler(String lines) {
    try {
      Path script = folder.resolve("cc");
      Files.writeString(script, "#!/bin/bash\n" + lines + "\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
      return new CCompiler(
          List.of(script.toString()), "1", List.of("-lm"), Map.of(), Duration.ofMinutes(2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
