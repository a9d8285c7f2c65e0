package deepseek.models.decoder;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What a class logs while this is open: a line of level and message each. */
final class LogOf extends Handler implements AutoCloseable {
  private final Logger logger;
  private final SimpleFormatter formatter = new SimpleFormatter();
  private final StringBuilder said = new StringBuilder();

  LogOf(Class<?> type) {
    this.logger = Logger.getLogger(type.getName());
    logger.addHandler(this);
  }

  @Override
  public void publish(LogRecord record) {
    said.append(record.getLevel()).append(' ').append(formatter.formatMessage(record)).append('\n');
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }

  @Override
  public String toString() {
    return said.toString();
  }
}
