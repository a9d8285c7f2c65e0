package deepseek.cli;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps libraries' log lines out of the command's output; java.util.logging calls it. */
public final class QuietLogging {
  public QuietLogging() {
    Logger.getLogger("").setLevel(Level.OFF);
  }
}
