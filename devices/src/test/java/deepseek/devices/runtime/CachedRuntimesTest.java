package deepseek.devices.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.devices.ir.Kernel;
import deepseek.devices.ops.Elementwise;
import deepseek.devices.ops.Rows;
import deepseek.devices.render.Target;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import deepseek.kernel.runtime.Presence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A second process compiles nothing unless the cached code is unusable. */
class CachedRuntimesTest {
  private static final List<Kernel> KERNELS = List.of(Elementwise.axpy(), Rows.sum(32));

  enum Way {
    CPU(CpuRuntime::open),
    OPENCL(OpenClRuntime::open),
    VULKAN(VulkanRuntime::open);

    private final Function<KernelCache, DeviceRuntime> opener;

    Way(Function<KernelCache, DeviceRuntime> opener) {
      this.opener = opener;
    }

    /** The number of compilations. */
    int run(Path folder) {
      KernelCache cache = new KernelCache(folder);
      try (DeviceRuntime runtime =
              Presence.require(Backend.valueOf(name()).toString(), () -> opener.apply(cache));
          DeviceBuffer x = runtime.allocate(3);
          DeviceBuffer y = runtime.allocate(3)) {
        x.write(new float[] {1, 2, 3});
        y.write(new float[] {10, 20, 30});
        KERNELS.forEach(runtime::compile);
        runtime.compile(KERNELS.getFirst()).launch(x, y, Scalar.of(2f), Scalar.of(3));
        assertThat(y.toFloats()).containsExactly(12f, 24f, 36f);
      }
      return cache.made();
    }
  }

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Way.class)
  void aSecondProcessCompilesNothing(Way way) {
    assertThat(way.run(folder)).isEqualTo(2);
    assertThat(way.run(folder)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void whatIsCutShortIsCompiledAgain(Way way) throws IOException {
    way.run(folder);
    for (Path entry : entries()) {
      byte[] whole = Files.readAllBytes(entry);
      Files.write(entry, Arrays.copyOf(whole, whole.length / 2));
    }
    assertThat(way.run(folder)).isEqualTo(2);
    assertThat(way.run(folder)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void withoutAFolderAllIsCompiled(Way way) throws IOException {
    Path inTheWay = Files.writeString(folder.resolve("file"), "");
    assertThat(way.run(inTheWay.resolve("kernels"))).isEqualTo(2);
  }

  @Test
  void whatADriverRefusesIsCompiledAgain() throws Exception {
    Way.OPENCL.run(folder);
    for (Path entry : entries()) {
      // Intact as far as the cache can tell.
      byte[] nonsense = "not a program of any driver".getBytes(StandardCharsets.UTF_8);
      Files.write(entry, nonsense);
      String name = entry.getFileName().toString().replace(".clbin", ".sha256");
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(nonsense);
      Files.writeString(entry.resolveSibling(name), HexFormat.of().formatHex(sum));
    }
    assertThat(Way.OPENCL.run(folder)).isEqualTo(2);
    assertThat(Way.OPENCL.run(folder)).isZero();
  }

  @Test
  void machineCodeForAGpuIsCompiledOnce() {
    Nvrtc nvrtc = Presence.require("nvrtc", Nvrtc::open);
    String source = Target.CUDA.render(Elementwise.axpy());
    KernelCache first = new KernelCache(folder);
    byte[] made = nvrtc.load(first, "axpy", source, "sm_90", code -> code);
    nvrtc.load(first, "axpy", source, "sm_80", code -> code);
    KernelCache second = new KernelCache(folder);
    assertThat(nvrtc.<byte[]>load(second, "axpy", source, "sm_90", code -> code)).isEqualTo(made);
    assertThat(List.of(first.made(), second.made())).containsExactly(2, 0);
    // A GPU that rejects the cached code.
    nvrtc.load(second, "axpy", source, "sm_90", new OnlyTheSecond());
    assertThat(second.made()).isEqualTo(1);
  }

  private static final class OnlyTheSecond implements Function<byte[], Boolean> {
    private int calls;

    @Override
    public Boolean apply(byte[] code) {
      calls++;
      if (calls == 1) {
        throw new KernelException("load axpy", "success", "CUDA status 209", "compile it again");
      }
      return true;
    }
  }

  private List<Path> entries() {
    try (var files = Files.list(folder)) {
      return files.filter(file -> !file.toString().endsWith(".sha256")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
