package deepseek.compute.internal;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * The libgomp that libtorch was built for, loaded ahead of it, since the kernels run on its threads
 * and may be all that is needed. The system's linker gives the copy that is loaded already to
 * whoever asks for one by name.
 */
public final class OpenMpLibrary {
  private static final String LIBRARY = "libgomp.so.1";

  static {
    Workers.settle();
    try {
      find().ifPresent(file -> System.load(file.toString()));
    } catch (UnsatisfiedLinkError | IOException e) {
      // The system's own may do; libtorch, should it be needed, says what it misses.
      System.getLogger(OpenMpLibrary.class.getName())
          .log(System.Logger.Level.DEBUG, "no " + LIBRARY + " of libtorch's: " + e);
    }
  }

  private OpenMpLibrary() {}

  /** Does it once; everything that runs threads of libgomp's calls it first. */
  public static void load() {}

  private static Optional<Path> find() throws IOException {
    Optional<Path> unpacked = UnpackedNatives.beside(LIBRARY);
    if (unpacked.isPresent()) {
      return unpacked;
    }
    File cached =
        Loader.cacheResource(
            torch.class, "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/" + LIBRARY);
    return Optional.ofNullable(cached).map(File::toPath).filter(Files::isRegularFile);
  }
}
