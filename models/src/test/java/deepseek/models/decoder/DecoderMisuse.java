package deepseek.models.decoder;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LargestLogits;
import deepseek.compute.Misuse;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.GoldenCase;
import deepseek.models.ModelOptions;
import deepseek.nn.attention.KvCache;
import deepseek.nn.attention.Span;
import deepseek.store.Weights;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** What a decoder and its caches refuse, where steps run as a plan and where layers run. */
final class DecoderMisuse {
  private static final int ROUNDS = 5;

  private final Misuse misuse;
  private final String how;
  private final String name;
  private final ModelOptions options;

  private DecoderMisuse(Misuse misuse, String how, String name, ModelOptions options) {
    this.misuse = misuse;
    this.how = how;
    this.name = name;
    this.options = options;
  }

  public static void main(String[] arguments) {
    Misuse misuse = new Misuse();
    ModelOptions options = ModelOptions.defaults();
    new DecoderMisuse(misuse, "planned", "llama", options).all();
    String layered = "gemma3";
    ModelOptions tight = options.withMemoryBudget(bytes(layered) * 4 / 5);
    new DecoderMisuse(misuse, "by layers", layered, tight).all();
    misuse.end();
  }

  private static long bytes(String name) {
    try (Weights weights = new GoldenCase(name).weights()) {
      return weights.names().stream().mapToLong(n -> weights.info(n).elements()).sum()
          * Float.BYTES;
    }
  }

  private void all() {
    caches();
    tokens();
    results();
    closing();
    threads();
  }

  private Decoder open() {
    return new GoldenCase(name).decoder(options);
  }

  private static Tensor ids(long... ids) {
    return Tensor.of(ids, 1, ids.length);
  }

  /** On a decoder with a cache of one row that holds two tokens. */
  private void refused(String name, Consumer<Fixture> call) {
    misuse.refused(how + ": " + name, () -> with(call));
  }

  private void harmless(String name, Consumer<Fixture> call) {
    misuse.harmless(how + ": " + name, () -> with(call));
  }

  private record Fixture(Decoder decoder, KvCache cache) {}

  private void with(Consumer<Fixture> call) {
    try (Decoder decoder = open();
        KvCache cache = decoder.newCache(64)) {
      step(decoder, cache, 1, 2);
      call.accept(new Fixture(decoder, cache));
    }
  }

  private void caches() {
    for (String other : new String[] {"llama", "mistral", "deepseek-v3", "qwen3"}) {
      refused(
          "a cache that " + other + " has used",
          f -> {
            try (Decoder second = new GoldenCase(other).decoder(ModelOptions.defaults());
                KvCache cache = second.newCache(64)) {
              step(second, cache, 1, 2);
              step(f.decoder(), cache, 3);
            }
          });
    }
    refused("a cache of one layer", f -> f.decoder().forward(ids(1), new KvCache(1, 64)));
    refused("a cache of no layers", f -> new KvCache(0, 64));
    refused("a cache for no tokens", f -> f.decoder().newCache(0));
    refused("a cache for fewer than none", f -> f.decoder().newCache(-5));
    refused("advance below 0", f -> f.cache().advance(-2));
    refused("advance beyond the capacity", f -> f.cache().advance(63));
    refused("advance beyond all numbers", f -> f.cache().advance(Integer.MAX_VALUE));
    refused("truncate below 0", f -> f.cache().truncate(-1));
    refused("truncate beyond the length", f -> f.cache().truncate(3));
    refused(
        "a closed cache",
        f -> {
          f.cache().close();
          step(f.decoder(), f.cache(), 3);
        });
    refused(
        "a closed cache that is advanced",
        f -> {
          f.cache().close();
          f.cache().advance(1);
        });
    harmless("an empty cache that is advanced", f -> advanced(f.decoder()));
  }

  private static void advanced(Decoder decoder) {
    try (KvCache cache = decoder.newCache(600)) {
      cache.advance(500);
      step(decoder, cache, 1);
    }
  }

  private void tokens() {
    refused("id -1", f -> step(f.decoder(), f.cache(), -1));
    refused("id 2^31 - 1", f -> step(f.decoder(), f.cache(), Integer.MAX_VALUE));
    refused("id 2^40", f -> f.decoder().forward(ids(1L << 40), f.cache()));
    refused("a step of nothing", f -> f.decoder().step(List.of(), 1));
    refused("a span of nothing", f -> step(f.decoder(), f.cache()));
    refused("513 tokens", f -> step(f.decoder(), f.decoder().newCache(600), new int[513]));
    refused("33 sequences", f -> f.decoder().step(spans(f.decoder(), 33), 1));
    refused(
        "one cache in two spans",
        f -> {
          var span = new Span(f.cache(), new int[] {1}, 1);
          f.decoder().step(List.of(span, span), 1);
        });
    refused("whole sequences with id 2^40", f -> f.decoder().forward(ids(1L << 40)));
    refused("ids of one dim", f -> f.decoder().forward(Tensor.of(new long[] {1})));
    refused("no ids", f -> f.decoder().forward(Tensor.zeros(DType.INT64, Device.CPU, 1, 0)));
    refused("ids that are not whole", f -> f.decoder().forward(Tensor.ones(1, 2), f.cache()));
    refused("two rows in a cache of one", f -> f.decoder().forward(rows(2), f.cache()));
    refused("more tokens than room", f -> f.decoder().forward(ids(new long[80]), f.cache()));
    refused(
        "closed ids",
        f -> {
          Tensor ids = ids(1);
          ids.close();
          f.decoder().forward(ids, f.cache());
        });
  }

  private static LargestLogits step(Decoder decoder, KvCache cache, int... ids) {
    return decoder.step(List.of(new Span(cache, ids, 1)), 1);
  }

  private static List<Span> spans(Decoder decoder, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Span(decoder.newCache(8), new int[] {1}, 1))
        .toList();
  }

  private static Tensor rows(int count) {
    return Tensor.zeros(DType.INT64, Device.CPU, count, 1);
  }

  private void results() {
    for (int row : new int[] {-1, 1, 100_000, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      largest("all of row " + row, (f, l) -> l.all(row));
      largest("ids of row " + row, (f, l) -> l.ids(row));
      largest("values of row " + row, (f, l) -> l.values(row));
    }
    largest("all of the step before", (f, l) -> afterAStep(f, l).all(0));
    largest("ids of the step before", (f, l) -> afterAStep(f, l).ids(0));
    largest("values of the step before", (f, l) -> afterAStep(f, l).values(0));
    largest("all of a closed decoder", (f, l) -> closed(f, l).all(0));
    largest("ids of a closed decoder", (f, l) -> closed(f, l).ids(0));
    largest("values of a closed decoder", (f, l) -> closed(f, l).values(0));
    for (int count : new int[] {-1, LargestLogits.MOST + 1, Integer.MAX_VALUE}) {
      refused(
          "the " + count + " largest",
          f -> f.decoder().step(List.of(new Span(f.cache(), new int[] {3}, 1)), count));
    }
  }

  private static LargestLogits afterAStep(Fixture f, LargestLogits largest) {
    step(f.decoder(), f.cache(), 4);
    return largest;
  }

  private static LargestLogits closed(Fixture f, LargestLogits largest) {
    f.decoder().close();
    return largest;
  }

  /** What layers gave that ran one by one is a tensor, and stays one. */
  private void largest(String what, BiConsumer<Fixture, LargestLogits> read) {
    harmless(
        what,
        f -> read.accept(f, f.decoder().step(List.of(new Span(f.cache(), new int[] {3}, 1)), 2)));
  }

  private void closing() {
    harmless("closed twice", f -> f.decoder().close());
    refused("forward once closed", f -> closed(f).forward(ids(1)));
    refused("a step once closed", f -> closed(f).forward(ids(1), f.cache()));
    refused("a last step once closed", f -> step(closed(f), f.cache(), 1));
    refused("the largest once closed", f -> step(closed(f), f.cache(), 1));
    refused("hidden states once closed", f -> closed(f).hiddenStates(ids(1)));
    refused("all parameters once closed", f -> closed(f).fullState());
    refused("products once closed", f -> closed(f).products());
    misuse.refused(
        how + ": a first use once closed",
        () -> {
          Decoder decoder = open();
          decoder.close();
          decoder.forward(ids(1));
        });
    refused(
        "weights closed by their owner's user",
        f -> {
          f.decoder().fullState().values().forEach(Tensor::close);
          step(f.decoder(), f.cache(), 1);
        });
  }

  private static Decoder closed(Fixture f) {
    f.decoder().close();
    return f.decoder();
  }

  private void threads() {
    misuse.harmless(how + ": closed during steps", () -> race(f -> f.decoder().close()));
    misuse.harmless(how + ": cache closed during steps", () -> race(f -> f.cache().close()));
    misuse.harmless(how + ": truncated during steps", () -> race(f -> f.cache().truncate(0)));
    misuse.harmless(
        how + ": steps of two threads",
        () ->
            race(
                f -> {
                  try (Scope scope = Scope.open();
                      KvCache own = f.decoder().newCache(64)) {
                    for (int i = 0; i < 20; i++) {
                      step(f.decoder(), own, 1);
                    }
                  }
                }));
  }

  /** Steps on one thread until they are refused or done, and {@code other} on a second. */
  private void race(Consumer<Fixture> other) {
    for (int round = 0; round < ROUNDS; round++) {
      with(
          f -> {
            CompletableFuture<Void> steps = CompletableFuture.runAsync(() -> steps(f));
            other.accept(f);
            try {
              steps.join();
            } catch (CompletionException e) {
              if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
              }
              throw e;
            }
          });
    }
  }

  private static void steps(Fixture f) {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 60; i++) {
        step(f.decoder(), f.cache(), i);
      }
    }
  }
}
