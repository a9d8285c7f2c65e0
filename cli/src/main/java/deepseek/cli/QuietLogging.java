package deepseek.cli;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Keeps libraries' log lines out of the command's output and shows our own, one line each;
 * java.util.logging calls it.
 */
public final class QuietLogging {
  // Loggers are garbage collected when nothing refers to them.
  private static final Logger OURS = Logger.getLogger("deepseek");

  public QuietLogging() {
    Logger.getLogger("").setLevel(Level.OFF);
    OURS.setLevel(Level.INFO);
    OURS.setUseParentHandlers(false);
    OURS.addHandler(new ToStandardError());
  }

  private static final class ToStandardError extends Handler {
    private final Console console = Console.ofProcess();

    @Override
    public void publish(LogRecord line) {
      if (isLoggable(line)) {
        console.err().println("deepseek: " + new SimpleFormatter().formatMessage(line));
      }
    }

    @Override
    public void flush() {
      console.err().flush();
    }

    @Override
    public void close() {}
  }
}
