package deepseek.text.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import deepseek.files.DataException;
import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer of the native library. Encoding and decoding hold a read lock and {@link #close} the
 * write lock, so that no thread can access freed memory.
 */
final class NativeTokenizer implements AutoCloseable {
  /**
   * The ids of one text and the post-processor's information about them, in arrays of the same
   * length.
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
  record Encoded(long[] ids, long[] typeIds, long[] added, long[] sequences) {}

  private final TokenizersLibrary library = NativeLibrary.tokenizers();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  private NativeTokenizer(long handle) {
    this.handle = handle;
    // Files may enable truncation and padding, which callers of this class do themselves.
    library.disableTruncation(handle);
    library.disablePadding(handle);
  }

  /**
   * Loads an untrusted tokenizer.
   *
   * @param source names the file in the error message
   */
  static NativeTokenizer checked(TokenizerJson json, String source) {
    try {
      AddedTokensGuard.check(json);
    } catch (Refusal e) {
      throw unusable(source, String.valueOf(e.getMessage()), e);
    }
    return parse(json.text(), source);
  }

  /** Loads a tokenizer that is known not to crash the library. */
  static NativeTokenizer parse(String json, String source) {
    if (TextLimit.unpairedSurrogate(json) >= 0) {
      throw unusable(source, "an unpaired surrogate", null);
    }
    try {
      return new NativeTokenizer(NativeLibrary.tokenizers().createTokenizerFromString(json));
    } catch (DataException e) {
      throw e;
    } catch (RuntimeException e) {
      throw unusable(source, oneLine(e), e);
    }
  }

  private static DataException unusable(String source, String got, @Nullable Exception cause) {
    return new DataException(
        "read " + source,
        "a tokenizer that the tokenizers library understands",
        got,
        "download the file again or convert the model again",
        cause);
  }

  Encoded encode(String text, boolean addSpecialTokens) {
    return withEncoding(h -> library.encode(h, text, addSpecialTokens));
  }

  /** The tokens of a text, as strings. */
  List<String> tokens(String text) {
    return call(
        "encode text",
        h -> {
          long encoding = library.encode(h, text, false);
          try {
            return List.of(library.getTokens(encoding));
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  Encoded encodePair(String first, String second) {
    return withEncoding(h -> library.encodeDual(h, first, second, true));
  }

  String decode(long[] ids, boolean skipSpecialTokens) {
    return call("decode ids", h -> library.decode(h, ids, skipSpecialTokens));
  }

  private Encoded withEncoding(LongFunction<Long> encode) {
    return call(
        "encode text",
        h -> {
          long encoding = encode.apply(h);
          try {
            return new Encoded(
                checkedIds(library.getTokenIds(encoding)),
                library.getTypeIds(encoding),
                library.getSpecialTokenMask(encoding),
                library.getSequenceIds(encoding));
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  /** Checks the ids, since a post-processor may contain any 32-bit number. */
  private static long[] checkedIds(long[] ids) {
    for (long id : ids) {
      if (id > Integer.MAX_VALUE) {
        throw new DataException(
            "encode text",
            "token ids below 2^31",
            "the post-processor's " + id,
            "check that tokenizer.json belongs to this model");
      }
    }
    return ids;
  }

  private <T> T call(String operation, LongFunction<T> body) {
    Lock shared = lock.readLock();
    shared.lock();
    try {
      if (handle == 0) {
        throw new DataException(
            operation, "an open tokenizer", "a closed one", "keep the tokenizer open while in use");
      }
      return body.apply(handle);
    } catch (DataException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new DataException(
          operation,
          "input the tokenizer's model can represent",
          oneLine(e),
          "check that tokenizer.json belongs to this model",
          e);
    } finally {
      shared.unlock();
    }
  }

  private static String oneLine(RuntimeException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
  }

  @Override
  public void close() {
    Lock alone = lock.writeLock();
    alone.lock();
    try {
      if (handle != 0) {
        library.deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      alone.unlock();
    }
  }
}
