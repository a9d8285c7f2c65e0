package deepseek.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.LeakCheck;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.WeightParameters;
import deepseek.text.tokenizer.EncodedText;
import deepseek.text.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Calls of many threads in common runs. */
@ExtendWith(LeakCheck.class)
class TextQueueTest {
  private static final GoldenCase GOLDEN = new GoldenCase("sentence-mean");

  private Encoder encoder;
  private Tokenizer tokenizer;
  private TextQueue queue;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch released = new CountDownLatch(1);

  @BeforeEach
  void open() {
    try (var weights = GOLDEN.weights()) {
      encoder =
          EncoderFamilies.build(
              GOLDEN.config(), new WeightParameters(weights, DType.FLOAT32, Device.CPU));
    }
    tokenizer = Tokenizer.open(GOLDEN.folder());
    queue = new TextQueue(TextRoute.of(encoder, tokenizer, Device.CPU));
  }

  @AfterEach
  void close() {
    released.countDown();
    threads.close();
    queue.close();
    encoder.close();
    tokenizer.close();
  }

  private EncodedText text(int i) {
    return tokenizer.encode(GOLDEN.sentences().get(i % GOLDEN.sentences().size()), 24);
  }

  private static float[] first(TokenVectors text) {
    return text.vector(0);
  }

  private static TextCall call(Function<TokenVectors, float[]> pooling, EncodedText... texts) {
    return new TextCall(List.of(texts), pooling, List::of);
  }

  private Future<List<float[]>> submit(TextCall call) {
    return threads.submit(() -> queue.run(call));
  }

  /** Has a call run until {@link #released}, so that others come meanwhile. */
  private Future<List<float[]>> keepBusy() throws InterruptedException {
    CountDownLatch runs = new CountDownLatch(1);
    Future<List<float[]>> busy =
        submit(
            call(
                text -> {
                  runs.countDown();
                  await(released);
                  return text.vector(0);
                },
                text(0)));
    runs.await();
    return busy;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitWaiting(int calls) {
    while (queue.waiting() < calls) {
      Thread.onSpinWait();
    }
  }

  @Test
  void callsThatComeDuringARunRunTogether() throws Exception {
    List<float[]> alone = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      alone.add(queue.run(call(TextQueueTest::first, text(i))).getFirst());
    }
    Future<List<float[]>> busy = keepBusy();
    List<Future<List<float[]>>> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add(submit(call(TextQueueTest::first, text(i))));
      awaitWaiting(i + 1);
    }
    released.countDown();
    busy.get();
    for (int i = 0; i < 8; i++) {
      assertThat(others.get(i).get().getFirst()).containsExactly(alone.get(i), within(1e-5f));
    }
    EncoderStatistics all = queue.statistics();
    assertThat(all.runs()).isEqualTo(8 + 1 + 1);
    assertThat(all.calls()).isEqualTo(17);
    assertThat(all.texts()).isEqualTo(17);
    assertThat(all.textsPerRun()).isEqualTo(1.7);
    assertThat(all.rows()).isEqualTo(all.tokens());
    assertThat(all.paddingShare()).isZero();
  }

  @Test
  void textsWaitForOthersUntilThereAreEnough() throws Exception {
    queue.batching(new Batching(3, Duration.ofDays(1)));
    Future<List<float[]>> busy = keepBusy();
    List<Future<List<float[]>>> others = new ArrayList<>();
    others.add(submit(call(TextQueueTest::first, text(1))));
    awaitWaiting(1);
    released.countDown();
    busy.get();
    others.add(submit(call(TextQueueTest::first, text(2), text(3))));
    for (Future<List<float[]>> other : others) {
      assertThat(other.get()).isNotEmpty();
    }
    assertThat(queue.statistics().runs()).isEqualTo(2);
  }

  @Test
  void aShortCallIsNotBehindAllOfALongOne() throws Exception {
    List<String> ended = Collections.synchronizedList(new ArrayList<>());
    Future<List<float[]>> busy = keepBusy();
    EncodedText[] many = new EncodedText[400];
    for (int i = 0; i < many.length; i++) {
      many[i] = text(i);
    }
    Future<List<float[]>> longer = submit(noting("long", ended, many));
    awaitWaiting(1);
    Future<List<float[]>> shorter = submit(noting("short", ended, text(1)));
    awaitWaiting(2);
    released.countDown();
    busy.get();
    shorter.get();
    assertThat(longer.get()).hasSize(many.length);
    assertThat(ended).containsExactly("short", "long");
  }

  private static TextCall noting(String name, List<String> ended, EncodedText... texts) {
    return new TextCall(
        List.of(texts),
        TextQueueTest::first,
        pooled -> {
          ended.add(name);
          return List.of(pooled);
        });
  }

  @Test
  void aCallThatFailsFailsAlone() throws Exception {
    Future<List<float[]>> busy = keepBusy();
    Future<List<float[]>> failing =
        submit(
            call(
                text -> {
                  throw new ModelException("pool", "a vector", "none", "try another");
                },
                text(1),
                text(2)));
    Future<List<float[]>> other = submit(call(TextQueueTest::first, text(3)));
    awaitWaiting(2);
    released.countDown();
    busy.get();
    assertThatThrownBy(failing::get)
        .hasCauseInstanceOf(ModelException.class)
        .hasMessageContaining("try another");
    assertThat(other.get()).hasSize(1);
    assertThat(queue.run(call(TextQueueTest::first, text(4)))).hasSize(1);
  }

  @Test
  void aRunThatFailsLeavesTheNextAlone() {
    EncodedText beyond = new EncodedText(new int[] {1_000_000}, new int[1]);
    assertThatThrownBy(() -> queue.run(call(TextQueueTest::first, beyond)))
        .hasMessageContaining("1000000");
    assertThat(queue.run(call(TextQueueTest::first, text(4)))).hasSize(1);
  }

  @Test
  void layerByLayerPaddingIsCounted() {
    try (TextRoute route = new TextRoute.LayerByLayer(encoder, tokenizer, Device.CPU)) {
      List<EncodedText> texts =
          List.of(
              new EncodedText(new int[4], new int[4]),
              new EncodedText(new int[20], new int[20]),
              new EncodedText(new int[6], new int[6]));
      List<TokenVectors> vectors = route.run(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertThat(vectors.get(i).length()).isEqualTo(texts.get(i).ids().length);
      }
      // 4 and 6 together, padded to 6; 20 alone.
      assertThat(route.rows()).isEqualTo(new TextRoute.Rows(2, 12 + 20));
      assertThat(new EncoderStatistics(2, 1, 3, 30, 32).paddingShare()).isEqualTo(2.0 / 32);
    }
  }

  @Test
  void numbersOutOfTheirRangeAreRefused() {
    assertThatThrownBy(() -> new Batching(0, Duration.ZERO)).hasMessageContaining("0 and PT0S");
    assertThatThrownBy(() -> new Batching(1, Duration.ofMillis(-1)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("a deadline from 0");
  }
}
