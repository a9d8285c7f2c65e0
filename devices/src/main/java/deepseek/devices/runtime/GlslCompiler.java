package deepseek.devices.runtime;

import static org.lwjgl.util.shaderc.Shaderc.shaderc_compilation_status_success;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compile_into_spv;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compile_options_initialize;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compile_options_release;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compile_options_set_optimization_level;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compile_options_set_target_env;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compiler_initialize;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compiler_release;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_compute_shader;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_env_version_vulkan_1_1;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_optimization_level_performance;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_result_get_bytes;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_result_get_compilation_status;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_result_get_error_message;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_result_release;
import static org.lwjgl.util.shaderc.Shaderc.shaderc_target_env_vulkan;

import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.KernelCache;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.lwjgl.Version;

/** Compiles GLSL to SPIR-V with shaderc; needs no device. */
final class GlslCompiler implements AutoCloseable {
  private final long compiler = shaderc_compiler_initialize();
  private final long options = shaderc_compile_options_initialize();

  GlslCompiler() {
    shaderc_compile_options_set_target_env(
        options, shaderc_target_env_vulkan, shaderc_env_version_vulkan_1_1);
    shaderc_compile_options_set_optimization_level(options, shaderc_optimization_level_performance);
  }

  /** Passes the cached result of {@link #compile} to {@code loader}. */
  <T> T load(KernelCache cache, String name, String source, Function<byte[], T> loader) {
    // shaderc doesn't report its version, but it is part of LWJGL.
    return cache.use(
        new KernelCache.Key(
            name,
            "spv",
            List.of(source, "vulkan 1.1, performance", "lwjgl " + Version.getVersion())),
        () -> compile(name, source),
        loader);
  }

  /** The SPIR-V of a compute shader. */
  byte[] compile(String name, String source) {
    long result =
        shaderc_compile_into_spv(
            compiler, source, shaderc_compute_shader, name + ".comp", "main", options);
    if (result == 0) {
      throw wrong(name, "nothing at all");
    }
    try {
      if (shaderc_result_get_compilation_status(result) != shaderc_compilation_status_success) {
        String message =
            Objects.requireNonNullElse(shaderc_result_get_error_message(result), "no message");
        throw wrong(name, message.lines().findFirst().orElse("no message"));
      }
      ByteBuffer code = Objects.requireNonNull(shaderc_result_get_bytes(result));
      byte[] bytes = new byte[code.remaining()];
      code.get(bytes);
      return bytes;
    } finally {
      shaderc_result_release(result);
    }
  }

  private static KernelException wrong(String name, String got) {
    return new KernelException("compile " + name, "shaderc to take it", got, "report this");
  }

  @Override
  public void close() {
    shaderc_compile_options_release(options);
    shaderc_compiler_release(compiler);
  }
}
