package deepseek.compute.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads one operation may use, libtorch's and the kernels': the number that was set;
 * else OMP_NUM_THREADS; else one for each core of those processors that this process may use.
 */
public final class Threads {
  private static final Path PROCESSORS = Path.of("/sys/devices/system/cpu");
  private static int count = atFirst();
  private static boolean isTold;

  private Threads() {}

  public static synchronized int count() {
    return count;
  }

  public static synchronized void count(int wanted) {
    count = wanted;
    if (isTold) {
      torch.set_num_threads(wanted);
    }
  }

  /** Called while libtorch is being loaded. */
  static synchronized void tellLibtorch() {
    torch.set_num_threads(count);
    isTold = true;
  }

  private static int atFirst() {
    String environment = System.getenv("OMP_NUM_THREADS");
    if (environment != null && environment.matches("[1-9][0-9]{0,3}(,.*)?")) {
      return Integer.parseInt(environment.split(",", 2)[0]);
    }
    int processors = Runtime.getRuntime().availableProcessors();
    return Math.max(1, Math.min(processors, cores(processors)));
  }

  /** A core's processors share its arithmetic: a second thread on it gains nothing. */
  private static int cores(int otherwise) {
    Set<List<String>> cores = new HashSet<>();
    try (var folders = Files.newDirectoryStream(PROCESSORS, "cpu[0-9]*")) {
      for (Path folder : folders) {
        Path topology = folder.resolve("topology");
        cores.add(
            List.of(
                Files.readString(topology.resolve("physical_package_id")),
                Files.readString(topology.resolve("core_id"))));
      }
    } catch (IOException e) {
      return otherwise; // not Linux, or a processor that is switched off
    }
    return cores.isEmpty() ? otherwise : cores.size();
  }
}
