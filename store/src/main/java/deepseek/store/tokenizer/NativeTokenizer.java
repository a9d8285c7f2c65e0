package deepseek.store.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import deepseek.store.StoreException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/**
 * One tokenizer of the native library, with an owner: encoding and decoding share a lock that
 * {@link #close} takes alone, so no thread can reach freed memory.
 */
final class NativeTokenizer implements AutoCloseable {
  /** Ids of one text with what the post-processor says about them, each of the same length. */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
  record Encoded(long[] ids, long[] typeIds, long[] added, long[] sequences) {}

  private final TokenizersLibrary library = NativeLibrary.tokenizers();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  private NativeTokenizer(long handle) {
    this.handle = handle;
    // Files may ask for truncation and padding; callers of this class decide that themselves.
    library.disableTruncation(handle);
    library.disablePadding(handle);
  }

  /** {@code source} names the file in the error message. */
  static NativeTokenizer parse(String json, String source) {
    try {
      return new NativeTokenizer(NativeLibrary.tokenizers().createTokenizerFromString(json));
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new StoreException(
          "read " + source,
          "a tokenizer that the tokenizers library understands",
          oneLine(e),
          "download the file again or convert the model again",
          e);
    }
  }

  Encoded encode(String text, boolean addSpecialTokens) {
    return withEncoding(h -> library.encode(h, text, addSpecialTokens));
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
                library.getTokenIds(encoding),
                library.getTypeIds(encoding),
                library.getSpecialTokenMask(encoding),
                library.getSequenceIds(encoding));
          } finally {
            library.deleteEncoding(encoding);
          }
        });
  }

  private <T> T call(String operation, LongFunction<T> body) {
    Lock shared = lock.readLock();
    shared.lock();
    try {
      if (handle == 0) {
        throw new StoreException(
            operation, "an open tokenizer", "a closed one", "keep the tokenizer open while in use");
      }
      return body.apply(handle);
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new StoreException(
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
