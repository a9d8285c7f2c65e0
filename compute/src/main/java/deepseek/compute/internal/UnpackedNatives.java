package deepseek.compute.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch from the files that JavaCPP unpacked at an earlier start.
 *
 * <p>JavaCPP looks for some forty optional libraries in every jar of the class path each time,
 * which takes longer than loading libtorch. Where the property {@code deepseek.natives} names an
 * index file, the first start writes down which files it came to, and later starts load those.
 */
final class UnpackedNatives {
  private static final String INDEX = "deepseek.natives";
  private static final String JAVACPP_LOADS = "org.bytedeco.javacpp.loadlibraries";

  /**
   * What the class {@code torch} calls into; the system's linker finds libtorch in the same folder.
   */
  private static final List<String> LIBRARIES = List.of("jnijavacpp", "jnitorch");

  /** What the index names, read once: libgomp is looked up long before libtorch. */
  private static final class Known {
    static final Optional<List<String>> FILES = index().flatMap(UnpackedNatives::read);
  }

  private UnpackedNatives() {}

  private static Optional<Path> index() {
    return Optional.ofNullable(System.getProperty(INDEX)).map(Path::of);
  }

  static void load() {
    if (Known.FILES.isPresent() && isLoaded(Known.FILES.get())) {
      return;
    }
    Loader.load(torch.class);
    index().ifPresent(UnpackedNatives::write);
  }

  /** Another library of libtorch's, unpacked at an earlier start. */
  static Optional<Path> beside(String library) {
    return Known.FILES
        .map(files -> Path.of(files.getLast()).resolveSibling(library))
        .filter(Files::isRegularFile);
  }

  private static boolean isLoaded(List<String> files) {
    try {
      System.setProperty(JAVACPP_LOADS, "false");
      files.forEach(System::load);
      return true;
    } catch (UnsatisfiedLinkError e) {
      System.clearProperty(JAVACPP_LOADS);
      return false;
    }
  }

  /** The files of an index whose every line, size and path, still holds. */
  private static Optional<List<String>> read(Path index) {
    List<String> files = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(index)) {
        String[] parts = line.split(" ", 2);
        if (parts.length != 2 || !parts[0].equals(size(parts[1]))) {
          return Optional.empty();
        }
        files.add(parts[1]);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return files.size() == LIBRARIES.size() ? Optional.of(files) : Optional.empty();
  }

  private static String size(String file) throws IOException {
    return Long.toString(Files.size(Path.of(file)));
  }

  /** Does nothing where it can't: then the next start is as slow as this one. */
  private static void write(Path index) {
    Map<String, String> loaded = Loader.getLoadedLibraries();
    Path temporary =
        index.resolveSibling(index.getFileName() + "." + ProcessHandle.current().pid());
    try {
      List<String> lines = new ArrayList<>();
      for (String library : LIBRARIES) {
        String file = loaded.getOrDefault(library, "");
        lines.add(size(file) + " " + file);
      }
      Files.write(temporary, lines);
      Files.move(temporary, index, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      System.getLogger(UnpackedNatives.class.getName())
          .log(System.Logger.Level.DEBUG, "natives not indexed: " + e);
    }
  }
}
