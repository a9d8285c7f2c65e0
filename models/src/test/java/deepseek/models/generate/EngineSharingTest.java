package deepseek.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import deepseek.text.grammar.Grammar;
import deepseek.text.grammar.TokenGrammar;
import deepseek.text.grammar.TokenVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever requests share, each is answered as if it were alone. */
@ExtendWith(LeakCheck.class)
class EngineSharingTest {
  private static final int CONTEXT = 1000;
  private static final int VOCABULARY = 96;

  private final GoldenCase golden = new GoldenCase("llama");
  private final Random random = new Random(3);
  private Decoder decoder;

  @BeforeEach
  void open() {
    decoder = golden.decoder(ModelOptions.defaults());
  }

  @AfterEach
  void close() {
    assertThat(decoder.cacheBytes()).as("all pages are given back").isZero();
    decoder.close();
  }

  private Engine engine(EngineConfig config) {
    return Engine.open(decoder, Set.of(), CONTEXT, config);
  }

  private int[] tokens(int count) {
    int vocabulary = decoder.config().vocabSize();
    return IntStream.range(0, count).map(i -> random.nextInt(vocabulary)).toArray();
  }

  private static int[] joined(int[] a, int... b) {
    return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  /** Prompts of all lengths, some with a common beginning, with settings of all kinds. */
  private List<TokenRequest> requests(int count) {
    int[] system = tokens(150);
    List<TokenRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] own = tokens(1 + random.nextInt(i % 5 == 0 ? 300 : 40));
      Sampling sampling =
          i % 3 == 0
              ? Sampling.greedy()
              : Sampling.plain().withTemperature(0.8).withTopK(i % 3 == 1 ? 10 : 0).withSeed(i);
      requests.add(
          TokenRequest.of(i % 2 == 0 ? joined(system, own) : own)
              .withMaxNewTokens(1 + random.nextInt(90))
              .withSampling(sampling)
              .withPriority(i % 7 == 0 ? 1 : 0)
              .withClient("client " + i % 4));
    }
    return requests;
  }

  private List<int[]> alone(List<TokenRequest> requests) {
    try (Engine engine = engine(EngineConfig.defaults().withKeptBytes(0))) {
      return requests.stream().map(request -> engine.submit(request).result().ids()).toList();
    }
  }

  private static void requireSame(Engine engine, List<TokenRequest> requests, List<int[]> alone) {
    List<TokenAnswer> answers = requests.stream().map(engine::submit).toList();
    for (int i = 0; i < alone.size(); i++) {
      assertThat(answers.get(i).result().ids()).as("request %d", i).isEqualTo(alone.get(i));
    }
  }

  @Test
  void fortyRequestsTogetherGiveTheTokensOfEachAlone() {
    List<TokenRequest> requests = requests(40);
    List<int[]> alone = alone(requests);
    try (Engine engine = engine(EngineConfig.defaults().withPromptTokens(16))) {
      requireSame(engine, requests, alone);
      EngineStats stats = engine.stats();
      assertThat(stats.cachedPromptTokens()).as("19 of 20 share the beginning").isGreaterThan(2000);
      assertThat(stats.finished()).isEqualTo(40);
      assertThat(stats.steppedSequences()).isGreaterThan(8 * stats.steps());
      assertThat(stats.running() + stats.waiting()).isZero();
    }
  }

  /**
   * Windows, latents, experts, rotary embeddings that depend on the length; planned and layer by
   * layer.
   */
  @ParameterizedTest
  @CsvSource({
    "mistral, 0",
    "gemma3, 0",
    "qwen2-moe, 0",
    "deepseek-v2, 0",
    "deepseek-v3, 0",
    "llama-rope-dynamic, 0",
    "llama-rope-longrope, 0",
    "llama, 100000000",
    "gemma3, 100000000"
  })
  void everyFamilySharesWhatItKeeps(String family, long budget) {
    decoder.close();
    ModelOptions options = ModelOptions.defaults();
    decoder =
        new GoldenCase(family).decoder(budget > 0 ? options.withMemoryBudget(budget) : options);
    List<TokenRequest> requests = requests(14);
    List<int[]> alone = alone(requests);
    long bytes;
    try (Engine engine = engine(EngineConfig.defaults())) {
      requireSame(engine, requests, alone);
      requireSame(engine, requests.reversed(), alone.reversed());
      bytes = decoder.cacheBytes();
    }
    var lookup = new Speculation.PromptLookup(1, 3);
    EngineConfig scarce = EngineConfig.defaults().withCacheBytes(bytes / 4);
    try (Engine engine = engine(scarce.withSpeculation(lookup).withPromptTokens(50))) {
      requireSame(engine, requests, alone);
    }
  }

  @Test
  void manyThreadsMayAsk() throws InterruptedException {
    List<TokenRequest> requests = requests(24);
    List<int[]> alone = alone(requests);
    try (Engine engine = engine(EngineConfig.defaults())) {
      List<CompletableFuture<int[]>> found = new ArrayList<>();
      CountDownLatch together = new CountDownLatch(requests.size());
      for (TokenRequest request : requests) {
        CompletableFuture<int[]> ids = new CompletableFuture<>();
        found.add(ids);
        Thread.ofVirtual()
            .start(
                () -> {
                  together.countDown();
                  List<Integer> heard = new ArrayList<>();
                  engine.submit(request).forEach(choice -> heard.add(choice.id()));
                  ids.complete(heard.stream().mapToInt(Integer::intValue).toArray());
                });
      }
      together.await();
      for (int i = 0; i < alone.size(); i++) {
        assertThat(found.get(i).join()).isEqualTo(alone.get(i));
      }
    }
  }

  /** Room for a few sequences only: the others' caches are taken, and they begin anew. */
  @Test
  void sequencesThatLoseTheirCacheGiveTheSameTokens() {
    List<TokenRequest> requests = requests(16);
    List<int[]> alone = alone(requests);
    long page;
    try (Engine engine = engine(EngineConfig.defaults())) {
      engine.submit(TokenRequest.of(1, 2).withMaxNewTokens(2)).result();
      page = decoder.cacheBytes();
    }
    try (Engine engine = engine(EngineConfig.defaults().withCacheBytes(14 * page))) {
      requireSame(engine, requests, alone);
      assertThat(engine.stats().preemptions()).isPositive();
      assertThat(engine.stats().cacheBytes()).isLessThanOrEqualTo(14 * page);
    }
    try (Engine engine = engine(EngineConfig.defaults().withCacheBytes(2 * page))) {
      Answer full = engine.submit(TokenRequest.of(tokens(100)).withMaxNewTokens(90)).result();
      assertThat(full.finish()).isEqualTo(FinishReason.LENGTH);
      assertThat(full.ids()).hasSize(29);
      assertThatThrownBy(() -> engine.submit(TokenRequest.of(tokens(200))).result())
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("allow a larger cache");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 15})
  void guessedTokensAreCheckedTokens(int guesses) {
    List<TokenRequest> requests = new ArrayList<>(requests(6));
    int[] phrase = tokens(12);
    requests.add(TokenRequest.of(joined(phrase, phrase)).withMaxNewTokens(200));
    List<int[]> alone = alone(requests);
    var lookup = new Speculation.PromptLookup(2, guesses);
    try (Engine engine = engine(EngineConfig.defaults().withSpeculation(lookup))) {
      requireSame(engine, requests, alone);
      requireSame(engine, requests.reversed(), alone.reversed());
      assertThat(engine.stats().acceptedTokens()).isPositive();
      assertThat(engine.stats().guessedTokens())
          .isGreaterThanOrEqualTo(engine.stats().acceptedTokens());
    }
    try (Decoder draft = golden.decoder(ModelOptions.defaults());
        Engine engine =
            engine(
                EngineConfig.defaults().withSpeculation(new Speculation.Draft(draft, guesses)))) {
      requireSame(engine, requests, alone);
      TokenRequest greedy = TokenRequest.of(phrase).withMaxNewTokens(100);
      EngineStats before = engine.stats();
      engine.submit(greedy).result();
      EngineStats after = engine.stats();
      assertThat(after.acceptedTokens() - before.acceptedTokens())
          .as("the same model guesses right")
          .isEqualTo(after.guessedTokens() - before.guessedTokens())
          .isGreaterThan(20);
    }
  }

  @Test
  void logProbabilitiesAreTheModels() {
    int[] prompt = tokens(20);
    try (Engine engine = engine(EngineConfig.defaults());
        var scope = Scope.open()) {
      TokenRequest request =
          TokenRequest.of(prompt)
              .withMaxNewTokens(9)
              .withLogProbabilities(3)
              .withSampling(Sampling.plain().withSeed(1));
      List<TokenChoice> choices = engine.submit(request).result().choices();
      int[] whole = joined(prompt, choices.stream().mapToInt(TokenChoice::id).toArray());
      long[] ids = Arrays.stream(whole).asLongStream().toArray();
      Tensor logs = decoder.forward(Tensor.of(ids, 1, ids.length)).select(0, 0).logSoftmax(-1);
      for (int i = 0; i < choices.size(); i++) {
        float[] expected = logs.select(0, prompt.length - 1 + i).toFloats();
        LogProbabilities told = choices.get(i).logProbabilities().orElseThrow();
        assertThat(told.chosen()).isCloseTo(expected[choices.get(i).id()], within(1e-4f));
        float[] sorted = expected.clone();
        Arrays.sort(sorted);
        for (int rank = 0; rank < 3; rank++) {
          assertThat(told.values()[rank]).isCloseTo(expected[told.ids()[rank]], within(1e-4f));
          assertThat(told.values()[rank]).isCloseTo(sorted[VOCABULARY - 1 - rank], within(1e-4f));
        }
      }
    }
  }

  @Test
  void biasedTokensComeOrDont() {
    int[] prompt = tokens(5);
    try (Engine engine = engine(EngineConfig.defaults())) {
      TokenRequest request = TokenRequest.of(prompt).withMaxNewTokens(10);
      int likeliest = engine.submit(request).result().ids()[0];
      Sampling never = Sampling.greedy().withLogitBias(Map.of(likeliest, Double.NEGATIVE_INFINITY));
      assertThat(engine.submit(request.withSampling(never)).result().ids())
          .doesNotContain(likeliest);
      Sampling always = Sampling.plain().withLogitBias(Map.of(33, 900.0));
      assertThat(engine.submit(request.withSampling(always)).result().ids()).containsOnly(33);
      Sampling unknown = Sampling.greedy().withLogitBias(Map.of(VOCABULARY, 1.0));
      assertThatThrownBy(() -> engine.submit(request.withSampling(unknown)))
          .hasMessageContaining("token ids from 0 to 95");
    }
  }

  /** Tokens are the letters; the grammar ends after three, and only then. */
  @Test
  void constrainedAnswersKeepToTheirGrammar() {
    List<byte[]> letters =
        IntStream.range(0, VOCABULARY)
            .mapToObj(i -> i == 0 ? new byte[0] : new byte[] {(byte) (i + 31)})
            .toList();
    var vocabulary = TokenVocabulary.of(letters, Set.of(0));
    var grammar = new TokenGrammar(Grammar.ofRegex("[a-c][x-z]?[0-9]{2}"), vocabulary);
    var lookup = new Speculation.PromptLookup(1, 4);
    EngineConfig config = EngineConfig.defaults().withSpeculation(lookup);
    try (Engine engine = Engine.open(decoder, Set.of(0), CONTEXT, config)) {
      for (int seed = 0; seed < 30; seed++) {
        TokenRequest request =
            TokenRequest.of(tokens(10))
                .withSampling(seed % 2 == 0 ? Sampling.greedy() : Sampling.plain().withSeed(seed))
                .withConstraint(() -> TokenConstraint.of(grammar));
        Answer answer = engine.submit(request).result();
        StringBuilder text = new StringBuilder();
        Arrays.stream(answer.ids())
            .filter(id -> id > 0)
            .forEach(id -> text.append((char) (id + 31)));
        assertThat(text.toString()).matches("[a-c][x-z]?[0-9]{2}");
        assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
      }
      var impossible =
          new TokenGrammar(Grammar.ofRegex("é"), TokenVocabulary.of(letters, Set.of(0)));
      assertThatThrownBy(
              () ->
                  engine
                      .submit(
                          TokenRequest.of(1).withConstraint(() -> TokenConstraint.of(impossible)))
                      .result())
          .hasMessageContaining("a token of the vocabulary that continues it");
    }
  }

  @Test
  void aSubscriberGetsWhatItAsksFor() {
    try (Engine engine = engine(EngineConfig.defaults())) {
      TokenRequest request = TokenRequest.of(tokens(9)).withMaxNewTokens(30);
      int[] expected = engine.submit(request).result().ids();
      CompletableFuture<List<Integer>> all = new CompletableFuture<>();
      engine.submit(request).subscribe(new Slow(all, Integer.MAX_VALUE));
      assertThat(all.join().stream().mapToInt(Integer::intValue).toArray()).isEqualTo(expected);
      CompletableFuture<List<Integer>> few = new CompletableFuture<>();
      TokenAnswer answer = engine.submit(request.withMaxNewTokens(900));
      answer.subscribe(new Slow(few, 3));
      assertThat(few.join()).hasSize(3);
      assertThat(answer.result().finish()).isEqualTo(FinishReason.CANCELLED);
    }
  }

  /** Asks for one at a time. */
  private static final class Slow implements Flow.Subscriber<TokenChoice> {
    private final CompletableFuture<List<Integer>> end;
    private final int most;
    private final List<Integer> heard = new ArrayList<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

    Slow(CompletableFuture<List<Integer>> end, int most) {
      this.end = end;
      this.most = most;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription.complete(given);
      given.request(1);
    }

    @Override
    public void onNext(TokenChoice choice) {
      heard.add(choice.id());
      if (heard.size() == most) {
        subscription.join().cancel();
        end.complete(heard);
      } else {
        subscription.join().request(1);
      }
    }

    @Override
    public void onError(Throwable reason) {
      end.completeExceptionally(reason);
    }

    @Override
    public void onComplete() {
      end.complete(heard);
    }
  }

  @Test
  void aFullQueueRefusesAndACancelledRequestLeavesIt() {
    try (Engine engine = engine(EngineConfig.defaults().withMaxSequences(1).withMaxQueued(2))) {
      TokenAnswer running = engine.submit(TokenRequest.of(1).withMaxNewTokens(990));
      running.iterator().next();
      TokenAnswer waiting = engine.submit(TokenRequest.of(2).withMaxNewTokens(2));
      TokenAnswer last = engine.submit(TokenRequest.of(3).withMaxNewTokens(2));
      assertThatThrownBy(() -> engine.submit(TokenRequest.of(4)))
          .isInstanceOf(EngineBusyException.class)
          .hasMessageContaining("fewer than 2 requests that wait");
      waiting.cancel();
      assertThat(waiting.result().finish()).isEqualTo(FinishReason.CANCELLED);
      running.close();
      assertThat(running.result().finish()).isEqualTo(FinishReason.CANCELLED);
      assertThat(last.result().ids()).hasSize(2);
    }
  }

  @Test
  void aRequestOfHigherPriorityTakesTheTurnOfALower() {
    try (Engine engine = engine(EngineConfig.defaults().withMaxSequences(1))) {
      TokenRequest slow = TokenRequest.of(7).withMaxNewTokens(900);
      TokenAnswer low = engine.submit(slow);
      low.iterator().next();
      TokenAnswer high = engine.submit(TokenRequest.of(9).withMaxNewTokens(3).withPriority(1));
      assertThat(high.result().ids()).hasSize(3);
      assertThat(low.isDone()).isFalse();
      assertThat(low.result().ids()).isEqualTo(engine.submit(slow).result().ids());
      assertThat(engine.stats().preemptions()).isEqualTo(1);
    }
  }

  @Test
  void aDrainedEngineFinishesWhatItHasAndTakesNoMore() {
    Engine engine = engine(EngineConfig.defaults());
    TokenAnswer answer = engine.submit(TokenRequest.of(5).withMaxNewTokens(50));
    assertThat(engine.drain(Duration.ofSeconds(60))).isTrue();
    assertThat(answer.result().finish()).isEqualTo(FinishReason.LENGTH);
    assertThatThrownBy(() -> engine.submit(TokenRequest.of(5)))
        .hasMessageContaining("an open engine");
    Engine hurried = engine(EngineConfig.defaults());
    TokenAnswer cut = hurried.submit(TokenRequest.of(5).withMaxNewTokens(990));
    assertThat(hurried.drain(Duration.ofMillis(1))).isFalse();
    assertThat(cut.result().finish()).isEqualTo(FinishReason.CANCELLED);
  }

  /** An error that no request can be blamed for must not leave the others waiting. */
  @Test
  void anEngineThatBreaksFailsAllRequests() {
    try (Engine engine = engine(EngineConfig.defaults().withMaxSequences(1))) {
      TokenRequest slow = TokenRequest.of(5).withMaxNewTokens(900);
      TokenAnswer broken =
          engine.submit(
              slow.withCancelled(
                  () -> {
                    if (engine.stats().waiting() > 0) {
                      throw new LinkageError("broken");
                    }
                    return false;
                  }));
      TokenAnswer waiting = engine.submit(slow);
      for (TokenAnswer answer : List.of(broken, waiting)) {
        assertThatThrownBy(answer::result)
            .isInstanceOf(ModelException.class)
            .hasMessageContaining("LinkageError: broken");
      }
      assertThatThrownBy(() -> engine.submit(slow)).hasMessageContaining("an open engine");
    }
  }

  @Test
  void flightRecorderHearsOfStepsAndRequests() throws IOException {
    Path file = Files.createTempFile("engine", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("deepseek.EngineStep");
      recording.enable("deepseek.EngineRequest");
      recording.start();
      try (Engine engine = engine(EngineConfig.defaults())) {
        engine.submit(TokenRequest.of(tokens(20)).withMaxNewTokens(6)).result();
      }
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      List<RecordedEvent> steps =
          events.stream().filter(e -> e.getEventType().getName().endsWith("Step")).toList();
      assertThat(steps).hasSize(6);
      assertThat(steps.stream().mapToInt(e -> e.getInt("promptTokens")).sum()).isEqualTo(20);
      assertThat(steps.stream().mapToInt(e -> e.getInt("answerTokens")).sum()).isEqualTo(5);
      RecordedEvent request =
          events.stream()
              .filter(e -> e.getEventType().getName().endsWith("Request"))
              .findFirst()
              .orElseThrow();
      assertThat(request.getInt("answerTokens")).isEqualTo(6);
      assertThat(request.getString("finish")).isEqualTo("LENGTH");
      assertThat(request.getDuration("firstToken")).isPositive();
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aListenerThatThrowsFailsItsRequestOnly() {
    try (Engine engine = engine(EngineConfig.defaults())) {
      TokenAnswer other = engine.submit(TokenRequest.of(5).withMaxNewTokens(50));
      CompletableFuture<Answer> end = new CompletableFuture<>();
      engine.submit(
          TokenRequest.of(6),
          new TokenListener() {
            @Override
            public boolean token(TokenChoice choice) {
              throw new IllegalStateException("no");
            }

            @Override
            public void end(Answer answer) {
              end.complete(answer);
            }

            @Override
            public void failed(RuntimeException reason) {
              end.completeExceptionally(reason);
            }
          });
      assertThatThrownBy(end::join).hasMessageContaining("no");
      assertThat(other.result().ids()).hasSize(50);
    }
  }
}
