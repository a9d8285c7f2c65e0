package deepseek.models;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LargestLogits;
import deepseek.compute.Tensor;
import deepseek.models.decoder.Decoder;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sequences in rows [B, L], padded on the left as transformers has them, each with its cache. */
public final class Batch implements AutoCloseable {
  private final Decoder decoder;
  private final int[] padding;
  private final List<KvCache> caches = new ArrayList<>();
  private int length;

  /** {@code padding[b]} tokens at the left of row b are not text. */
  public Batch(Decoder decoder, int capacity, int... padding) {
    this.decoder = decoder;
    this.padding = padding;
    for (int ignored : padding) {
      caches.add(decoder.newCache(capacity));
    }
  }

  /** Tokens of a row so far, padding included. */
  public int length() {
    return length;
  }

  /** The cache of a row. */
  public KvCache cache(int row) {
    return caches.get(row);
  }

  /** As for each row's cache. */
  public void announce(int newTokens) {
    caches.forEach(cache -> cache.announce(newTokens));
  }

  /** Cuts all rows back. */
  public void truncate(int newLength) {
    length = newLength;
    for (int row = 0; row < padding.length; row++) {
      caches.get(row).truncate(Math.max(0, newLength - padding[row]));
    }
  }

  private int[] text(Tensor ids, int row) {
    int[] all = ids.select(0, row).toInts();
    int blanks = Math.clamp((long) padding[row] - length, 0, all.length);
    return Arrays.copyOfRange(all, blanks, all.length);
  }

  /** Logits [B, L, V] of new tokens ids [B, L]; those of padding are 0. */
  public Tensor forward(Tensor ids) {
    List<Tensor> rows = new ArrayList<>();
    long vocabulary = decoder.config().vocabSize();
    for (int row = 0; row < padding.length; row++) {
      int[] text = text(ids, row);
      Tensor blanks =
          Tensor.zeros(DType.FLOAT32, Device.CPU, 1, ids.size(1) - text.length, vocabulary);
      rows.add(
          text.length == 0
              ? blanks
              : Tensor.cat(
                  List.of(
                      blanks,
                      decoder.forward(row(text), caches.get(row)).to(Device.CPU).to(DType.FLOAT32)),
                  1));
    }
    length += (int) ids.size(1);
    return Tensor.cat(rows, 0);
  }

  private static Tensor row(int... ids) {
    return Tensor.of(Arrays.stream(ids).asLongStream().toArray(), 1, ids.length);
  }

  /** Logits [B, V] of the last of new tokens ids [B, L], in steps of all rows together. */
  public Tensor forwardLast(Tensor ids) {
    LargestLogits logits = largest(ids, 0);
    List<Tensor> rows = new ArrayList<>();
    for (int row = 0; row < padding.length; row++) {
      float[] all = logits.all(row);
      rows.add(Tensor.of(all, 1, all.length));
    }
    return Tensor.cat(rows, 0);
  }

  /** The largest logits of the last of new tokens ids [B, L]. */
  public LargestLogits largest(Tensor ids, int count) {
    int share = decoder.maxStepTokens() / padding.length;
    int newTokens = (int) ids.size(1);
    for (int from = 0; from + share < newTokens; from += share) {
      step(ids.narrow(1, from, share), false, 0);
      ids = ids.narrow(1, share, ids.size(1) - share);
    }
    return step(ids, true, count);
  }

  private LargestLogits step(Tensor ids, boolean picked, int count) {
    List<Span> spans = new ArrayList<>();
    for (int row = 0; row < padding.length; row++) {
      int[] text = text(ids, row);
      if (text.length > 0) {
        spans.add(new Span(caches.get(row), text, picked ? 1 : 0));
      }
    }
    length += (int) ids.size(1);
    return decoder.step(spans, count);
  }

  @Override
  public void close() {
    caches.forEach(KvCache::close);
  }
}
