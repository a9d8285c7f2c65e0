package deepseek.models.decoder;

import java.util.OptionalLong;

/** Where a decoder's weights stay while they are not in use, and how much memory they may take. */
public interface Residency extends AutoCloseable {
  /** Bytes that weights may take at a time; empty for no limit. */
  OptionalLong budget();

  /** Bytes of the parameters whose names start so, in the dtype they are used in. */
  long bytes(String prefix);

  /** Starts bringing these parameters into memory. Returns at once. */
  void prefetch(String prefix);

  /** Lets go of the memory behind these parameters. */
  void release(String prefix);

  /** Gives up the storage; parameters already taken stay valid. */
  @Override
  void close();
}
