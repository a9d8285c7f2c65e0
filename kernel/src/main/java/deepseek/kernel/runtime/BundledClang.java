package deepseek.kernel.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * clang, its linker and its headers from the jar {@code org.bytedeco:llvm}, if that is on the class
 * path: for machines without a C compiler, Linux only.
 *
 * <p>It is unpacked once, 280 MB, and needs neither the system's headers nor its libraries: symbols
 * of the C library are resolved when a kernel library is loaded. We supply the headers that clang
 * lacks.
 */
final class BundledClang {
  private static final System.Logger LOG = System.getLogger(BundledClang.class.getName());

  /** Names of the files in the jar, and the names under which the programs look for each other. */
  private static final Map<String, String> PROGRAMS =
      Map.of(
          "clang", "clang",
          "lld", "ld.lld",
          "libLLVM.so", "libLLVM.so.20.1",
          "libclang-cpp.so", "libclang-cpp.so.20.1");

  private static final Pattern HEADER = Pattern.compile("lib/clang/[^/]+/include/(\\w+\\.h)");

  private static final Map<String, String> OURS =
      Map.of(
          "string.h",
          """
          #include <stddef.h>
          void *memcpy(void *, const void *, size_t);
          void *memmove(void *, const void *, size_t);
          void *memset(void *, int, size_t);
          int memcmp(const void *, const void *, size_t);
          """,
          "stdlib.h",
          """
          #include <stddef.h>
          void *malloc(size_t);
          void free(void *);
          """);

  private BundledClang() {}

  /** Unpacked into a cache if it isn't there yet; empty without the jar. */
  static Optional<CCompiler> find(KernelCache cache) {
    String root = "org/bytedeco/llvm/" + platform() + "/";
    URL clang = BundledClang.class.getClassLoader().getResource(root + "clang");
    if (clang == null) {
      return Optional.empty();
    }
    try {
      if (clang.openConnection() instanceof JarURLConnection connection) {
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
          Unpacking files = Unpacking.of(jar, root);
          return cache.folder(files.name(), files).flatMap(BundledClang::in);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the clang in {0} can''t be unpacked: {1}", clang, e);
    }
    return Optional.empty();
  }

  private static String platform() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT)
        + "-"
        + CpuFeatures.detect().architecture().replace("aarch64", "arm64");
  }

  private static Optional<CCompiler> in(Path folder) {
    return new CCompiler(
            List.of(folder.resolve("clang").toString()),
            "",
            List.of(
                "-nostdinc",
                "-isystem",
                folder.resolve("include").toString(),
                "-nostdlib",
                "--ld-path=" + folder.resolve("ld.lld")),
            Map.of("LD_LIBRARY_PATH", folder.toString()),
            CCompiler.LIMIT)
        .asked();
  }

  /** Entries of the jar by the file each is unpacked to. */
  private record Unpacking(JarFile jar, Map<String, JarEntry> files)
      implements KernelCache.Content {
    static Unpacking of(JarFile jar, String root) {
      Map<String, JarEntry> files = new TreeMap<>();
      jar.stream()
          .filter(entry -> entry.getName().startsWith(root))
          .forEach(
              entry -> {
                String name = entry.getName().substring(root.length());
                Matcher header = HEADER.matcher(name);
                if (header.matches()) {
                  files.put("include/" + header.group(1), entry);
                } else if (PROGRAMS.containsKey(name)) {
                  files.put(PROGRAMS.get(name), entry);
                }
              });
      return new Unpacking(jar, files);
    }

    /** A folder name derived from the content. */
    String name() {
      return "clang-"
          + files.values().stream()
              .map(entry -> entry.getCrc() + " " + entry.getSize())
              .collect(Collectors.collectingAndThen(Collectors.joining(","), KernelCache::hash))
              .substring(0, 16);
    }

    @Override
    public boolean isWhole(Path folder) {
      return OURS.keySet().stream().allMatch(name -> Files.exists(folder.resolve("include", name)))
          && files.entrySet().stream()
              .allMatch(
                  file -> {
                    Path there = folder.resolve(file.getKey());
                    return there.toFile().length() == file.getValue().getSize();
                  });
    }

    @Override
    public void write(Path folder) throws IOException {
      LOG.log(System.Logger.Level.INFO, "unpacking clang from {0}, once ...", jar.getName());
      Files.createDirectory(folder.resolve("include"));
      for (Map.Entry<String, JarEntry> file : files.entrySet()) {
        Path to = folder.resolve(file.getKey());
        try (InputStream from = jar.getInputStream(file.getValue())) {
          Files.copy(from, to);
        }
        if (!file.getKey().startsWith("include")) {
          Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwx------"));
        }
      }
      for (Map.Entry<String, String> header : OURS.entrySet()) {
        Files.writeString(folder.resolve("include", header.getKey()), header.getValue());
      }
    }
  }
}
