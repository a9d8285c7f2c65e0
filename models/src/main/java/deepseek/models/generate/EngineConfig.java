package deepseek.models.generate;

import deepseek.models.ModelException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How an engine shares a model between requests.
 *
 * @param maxSequences that answer at the same time, at most {@value #MOST_SEQUENCES}
 * @param maxQueued requests that wait for their turn; beyond them {@link EngineBusyException}
 * @param promptTokens of a step in which others answer, which bounds how long a long prompt makes
 *     them wait for their next token
 * @param cacheBytes of keys and values, with those that are kept; empty: a quarter of the machine's
 *     memory
 * @param keptBytes of these, kept of sequences that have ended, for prompts that begin like one; 0
 *     keeps nothing
 * @param speculation how tokens are guessed
 */
public record EngineConfig(
    int maxSequences,
    int maxQueued,
    int promptTokens,
    OptionalLong cacheBytes,
    long keptBytes,
    Optional<Speculation> speculation) {
  /** Most sequences that answer at the same time. */
  public static final int MOST_SEQUENCES = 32;

  private static final String CONFIGURE = "configure an engine";

  public EngineConfig {
    require("sequences", maxSequences, 1, MOST_SEQUENCES);
    require("requests that wait", maxQueued, 1, 1_000_000);
    require("prompt tokens of a step", promptTokens, 1, 1_000_000);
    require("bytes of the cache", cacheBytes.orElse(1), 1, Long.MAX_VALUE);
    require("bytes that are kept", keptBytes, 0, Long.MAX_VALUE);
  }

  private static void require(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ModelException(
          CONFIGURE, least + " to " + most + " " + what, value + "", "choose another number");
    }
  }

  /** 32 sequences, 1024 that wait, 128 prompt tokens a step, 512 MiB kept, no speculation. */
  public static EngineConfig defaults() {
    return new EngineConfig(
        MOST_SEQUENCES, 1024, 128, OptionalLong.empty(), 512L << 20, Optional.empty());
  }

  /** With so many sequences that answer at the same time. */
  public EngineConfig withMaxSequences(int value) {
    return new EngineConfig(value, maxQueued, promptTokens, cacheBytes, keptBytes, speculation);
  }

  /** With so many requests that may wait. */
  public EngineConfig withMaxQueued(int value) {
    return new EngineConfig(maxSequences, value, promptTokens, cacheBytes, keptBytes, speculation);
  }

  /** With so many prompt tokens in a step in which others answer. */
  public EngineConfig withPromptTokens(int value) {
    return new EngineConfig(maxSequences, maxQueued, value, cacheBytes, keptBytes, speculation);
  }

  /** With so many bytes of keys and values in all. */
  public EngineConfig withCacheBytes(long value) {
    return new EngineConfig(
        maxSequences, maxQueued, promptTokens, OptionalLong.of(value), keptBytes, speculation);
  }

  /** With so many bytes of them kept for prompts to come. */
  public EngineConfig withKeptBytes(long value) {
    return new EngineConfig(maxSequences, maxQueued, promptTokens, cacheBytes, value, speculation);
  }

  /** With tokens guessed like this. */
  public EngineConfig withSpeculation(Speculation value) {
    return new EngineConfig(
        maxSequences, maxQueued, promptTokens, cacheBytes, keptBytes, Optional.of(value));
  }
}
