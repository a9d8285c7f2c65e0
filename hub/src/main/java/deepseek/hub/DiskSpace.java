package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks for free disk space before a file is started, and recognises errors of a full disk. */
final class DiskSpace {
  /** Left free for everything else on the machine. */
  private static final long RESERVE = 32L << 20;

  private static final long MIB = 1 << 20;

  private DiskSpace() {}

  static void require(Path folder, long bytes, String what) throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    if (bytes > usable - RESERVE) {
      long wanted = Math.ceilDiv(bytes, MIB) + RESERVE / MIB;
      String all = wanted + " MiB free, " + RESERVE / MIB + " of them for all else";
      throw tooSmall(what, all, usable / MIB + " MiB free", folder);
    }
  }

  /** True when a write failed because the disk or the user's share of it is full. */
  static boolean ranOut(IOException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("no space left")
        || message.contains("not enough space")
        || message.contains("file too large")
        || message.contains("quota exceeded");
  }

  static DataException tooSmall(String what, long bytes, String got, Path folder) {
    String size = bytes < 0 ? "room for it" : Math.ceilDiv(bytes, MIB) + " MiB free";
    return tooSmall(what, size, got, folder);
  }

  private static DataException tooSmall(String what, String size, String got, Path folder) {
    return new DataException(
        "store " + what,
        size + " in " + folder,
        got,
        "free some space, or set HF_HOME and DEEPSEEK_CACHE to a larger disk");
  }
}
