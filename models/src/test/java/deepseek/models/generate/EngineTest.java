package deepseek.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.LeakCheck;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.models.Batch;
import deepseek.models.GoldenCase;
import deepseek.models.ModelException;
import deepseek.models.ModelOptions;
import deepseek.models.decoder.Decoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(LeakCheck.class)
class EngineTest {
  private final GoldenCase golden = new GoldenCase("llama");
  private Decoder decoder;
  private Engine engine;

  @BeforeEach
  void open() {
    decoder = golden.decoder(ModelOptions.defaults());
    engine = open(decoder, 64);
  }

  @AfterEach
  void close() {
    engine.close();
    decoder.close();
  }

  private static Engine open(Decoder decoder, int contextLength, int... endIds) {
    return Engine.open(
        decoder,
        Set.copyOf(Arrays.stream(endIds).boxed().toList()),
        contextLength,
        EngineConfig.defaults());
  }

  private static TokenRequest upTo(int tokens) {
    return TokenRequest.of(0).withMaxNewTokens(tokens);
  }

  private Answer answer(int[] prompt, TokenRequest request) {
    return engine.submit(request.withPrompt(prompt)).result();
  }

  private int[] single(int[] prompt, TokenRequest request) {
    return answer(prompt, request).ids();
  }

  private static List<Answer> together(Engine engine, List<int[]> prompts, TokenRequest request) {
    List<TokenAnswer> answers =
        prompts.stream().map(prompt -> engine.submit(request.withPrompt(prompt))).toList();
    return answers.stream().map(TokenAnswer::result).toList();
  }

  private int[][] rows(String tensor) {
    try (var scope = Scope.open()) {
      Tensor t = golden.reference(tensor);
      int columns = (int) t.size(1);
      int[] all = t.toInts();
      int[][] rows = new int[(int) t.size(0)][];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = Arrays.copyOfRange(all, row * columns, (row + 1) * columns);
      }
      return rows;
    }
  }

  @Test
  void greedyTokensAreTransformers() {
    int[][] prompts = rows("input_ids");
    int[][] expected = rows("generated");
    for (int row = 0; row < prompts.length; row++) {
      assertThat(single(prompts[row], upTo(16))).containsExactly(expected[row]);
    }
  }

  @Test
  void aPaddedBatchGivesTransformersTokensAndThoseOfEachPromptAlone() {
    int[][] padded = rows("padded.input_ids");
    int[][] mask = rows("padded.attention_mask");
    int[][] expected = rows("padded.generated");
    List<int[]> prompts = new ArrayList<>();
    for (int row = 0; row < padded.length; row++) {
      int blank = padded[row].length - Arrays.stream(mask[row]).sum();
      prompts.add(Arrays.copyOfRange(padded[row], blank, padded[row].length));
    }
    List<Answer> answers = together(engine, prompts, upTo(16));
    for (int row = 0; row < expected.length; row++) {
      assertThat(answers.get(row).ids()).containsExactly(expected[row]);
      assertThat(answers.get(row).ids()).containsExactly(single(prompts.get(row), upTo(16)));
      assertThat(answers.get(row).finish()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void whatAPromptSharesWithTheLastIsNotRunAgain() {
    int[] prompt = rows("input_ids")[0];
    int[] first = single(prompt, upTo(8));
    int[] longer = Arrays.copyOf(prompt, prompt.length + first.length);
    System.arraycopy(first, 0, longer, prompt.length, first.length);
    Answer next = answer(longer, upTo(4));
    assertThat(next.timings().promptTokens()).isEqualTo(1);
    int[] kept = next.ids();
    engine.forget();
    assertThat(kept).containsExactly(single(longer, upTo(4)));
    assertThat(single(prompt, upTo(8))).containsExactly(first);
  }

  @Test
  void aLongPromptTurnsByItsWholeLengthAndSoDoesOneThatSharesItsBeginning() {
    GoldenCase dynamic = new GoldenCase("llama-rope-dynamic-prompt");
    int[] prompt = ids(dynamic, "prompt.input_ids");
    int[] expected = ids(dynamic, "prompt.generated");
    TokenRequest request = upTo(expected.length);
    try (Decoder model = dynamic.decoder(ModelOptions.defaults());
        Engine fresh = open(model, 1024)) {
      int[] shorter = Arrays.copyOf(prompt, 300);
      together(fresh, List.of(shorter), request);
      assertThat(together(fresh, List.of(prompt), request).getFirst().ids())
          .containsExactly(expected);
      Answer again = together(fresh, List.of(prompt), request).getFirst();
      assertThat(again.ids()).containsExactly(expected);
      assertThat(again.timings().promptTokens()).isEqualTo(1);
      List<Answer> batch = together(fresh, List.of(shorter, prompt), request);
      assertThat(batch.getLast().ids()).containsExactly(expected);
    }
  }

  /** Against the logits of the whole sequence at once; 40 tokens are scored in two parts. */
  @Test
  void scoresAreTheLogProbabilitiesOfTheWholeSequence() {
    int[] start = rows("input_ids")[0];
    int[] prompt = Arrays.copyOf(start, 4);
    int[] likely = single(prompt, upTo(40));
    int[] unlikely = likely.clone();
    unlikely[20] = (likely[20] + 1) % 90;
    for (int[] continuation :
        List.of(likely, unlikely, new int[] {likely[0]}, new int[] {likely[0], 5, 6})) {
      Score score = engine.score(prompt, continuation);
      assertThat(score.ids()).containsExactly(continuation);
      assertThat(score.likeliest()).isEqualTo(isBeginning(continuation, likely));
      float[] expected = logProbabilities(prompt, continuation);
      double sum = 0;
      for (int i = 0; i < expected.length; i++) {
        assertThat(score.logProbabilities()[i]).isCloseTo(expected[i], within(1e-4f));
        sum += expected[i];
      }
      assertThat(score.total()).isCloseTo(sum, within(1e-3));
      assertThat(score.perToken()).isCloseTo(sum / expected.length, within(1e-3));
    }
    int[] whole = IntStream.concat(Arrays.stream(prompt), IntStream.of(likely[0], 5, 6)).toArray();
    assertThat(answer(whole, upTo(1)).timings().promptTokens())
        .as("the last token was scored and not run")
        .isEqualTo(1);
  }

  private static boolean isBeginning(int[] part, int[] whole) {
    return Arrays.equals(part, Arrays.copyOf(whole, part.length));
  }

  private float[] logProbabilities(int[] prompt, int[] continuation) {
    try (var scope = Scope.open()) {
      long[] whole =
          IntStream.concat(Arrays.stream(prompt), Arrays.stream(continuation))
              .asLongStream()
              .toArray();
      Tensor logs = decoder.forward(Tensor.of(whole, 1, whole.length)).select(0, 0).logSoftmax(-1);
      float[] found = new float[continuation.length];
      for (int i = 0; i < found.length; i++) {
        found[i] = logs.select(0, prompt.length - 1 + i).toFloats()[continuation[i]];
      }
      return found;
    }
  }

  @Test
  void whatCannotBeScoredIsRefused() {
    assertThatThrownBy(() -> engine.score(new int[0], new int[] {1}))
        .hasMessageContaining("expected a prompt of at least one token");
    assertThatThrownBy(() -> engine.score(new int[] {1}, new int[0]))
        .hasMessageContaining("expected a continuation of at least one token");
    assertThatThrownBy(() -> engine.score(new int[] {1}, new int[] {1, 4000}))
        .hasMessageContaining("expected token ids from 0 to 95, got 4000");
    assertThatThrownBy(() -> engine.score(new int[] {1}, new int[64]))
        .hasMessageContaining("fewer than 64 tokens");
    assertThat(engine.score(new int[] {1}, new int[63]).ids()).hasSize(63);
  }

  private static int[] ids(GoldenCase golden, String tensor) {
    try (var scope = Scope.open()) {
      return golden.reference(tensor).toInts();
    }
  }

  @Test
  void rowsEndOnTheirOwn() {
    int[][] prompts = rows("input_ids");
    int[][] expected = rows("generated");
    int end = expected[0][3];
    try (Engine ending = open(decoder, 64, end)) {
      List<Answer> answers = together(ending, List.of(prompts[0], prompts[1]), upTo(16));
      int length = indexOf(expected[0], end) + 1;
      assertThat(answers.get(0).ids()).containsExactly(Arrays.copyOf(expected[0], length));
      assertThat(answers.get(0).finish()).isEqualTo(FinishReason.STOP);
      assertThat(answers.get(1).ids().length).isGreaterThan(length);
      TokenRequest endless = upTo(16).withPrompt(prompts[0]).withIgnoreEos(true);
      assertThat(ending.submit(endless).result().ids()).containsExactly(expected[0]);
    }
  }

  private static int indexOf(int[] ids, int id) {
    return Arrays.stream(ids).boxed().toList().indexOf(id);
  }

  /** Ends an answer after so many tokens. */
  private static final class Enough implements TokenListener {
    private final int tokens;
    private final CompletableFuture<Answer> end = new CompletableFuture<>();
    private int count;

    Enough(int tokens) {
      this.tokens = tokens;
    }

    @Override
    public boolean token(TokenChoice choice) {
      return ++count < tokens;
    }

    @Override
    public void end(Answer answer) {
      end.complete(answer);
    }

    @Override
    public void failed(RuntimeException reason) {
      end.completeExceptionally(reason);
    }
  }

  @Test
  void theListenerAndTheCallerCanEndIt() {
    int[] prompt = rows("input_ids")[0];
    Enough enough = new Enough(2);
    engine.submit(upTo(16).withPrompt(prompt), enough);
    assertThat(enough.end.join().ids()).hasSize(2);
    assertThat(enough.end.join().finish()).isEqualTo(FinishReason.STOP_STRING);
    int[] asked = new int[1];
    Answer cancelled = answer(prompt, upTo(16).withCancelled(() -> asked[0]++ == 3));
    assertThat(cancelled.ids().length).isBetween(2, 3);
    assertThat(cancelled.finish()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void anInterruptOfWhoWaitsEndsIt() {
    int[] prompt = rows("input_ids")[0];
    Answer answer;
    try {
      Thread.currentThread().interrupt();
      answer = answer(prompt, upTo(40));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(answer.ids().length).isLessThan(40);
    assertThat(answer.finish()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void theContextEndsAnAnswer() {
    int[] prompt = rows("input_ids")[0];
    Answer answer = answer(prompt, upTo(1000));
    assertThat(answer.finish()).isEqualTo(FinishReason.LENGTH);
    assertThat(prompt.length + answer.ids().length).isEqualTo(64);
  }

  @Test
  void sampledTokensDependOnTheSeedAlone() {
    int[] prompt = rows("input_ids")[0];
    TokenRequest options = upTo(20).withSampling(Sampling.plain().withSeed(5));
    int[] first = single(prompt, options);
    engine.forget();
    assertThat(single(prompt, options)).containsExactly(first);
    TokenRequest other = options.withSampling(Sampling.plain().withSeed(6));
    assertThat(single(prompt, other)).isNotEqualTo(first);
  }

  static List<Sampling> settings() {
    Sampling plain = Sampling.plain();
    return List.of(
        Sampling.greedy(),
        Sampling.greedy().withRepetitionPenalty(1.3),
        plain,
        plain.withTopP(0.9),
        plain.withTopK(1),
        plain.withTopK(2).withTemperature(0.5),
        plain.withTopK(20),
        plain.withTopK(40).withTopP(0.95).withTemperature(0.8),
        plain.withTopK(64).withMinP(0.05).withTemperature(1.7),
        plain.withTopK(64).withTopP(0.5).withMinP(0.3),
        plain.withTopK(65),
        plain.withTopK(30).withPresencePenalty(0.5),
        plain.withTopK(1000));
  }

  /** A plan finds the largest logits itself: that must not show, for a prompt or for three. */
  @ParameterizedTest
  @MethodSource("settings")
  void tokensAreThoseThatWholeRowsOfLogitsGive(Sampling sampling) {
    List<int[]> prompts = List.of(new int[] {5, 9, 80}, new int[] {7}, new int[] {1, 2, 3, 4, 95});
    TokenRequest options = upTo(30).withSampling(sampling.withSeed(77));
    assertThat(single(prompts.getFirst(), options))
        .containsExactly(byWholeRows(prompts.subList(0, 1), options)[0]);
    List<Answer> answers = together(engine, prompts, options);
    int[][] expected = byWholeRows(prompts, options);
    for (int row = 0; row < expected.length; row++) {
      assertThat(answers.get(row).ids()).as("row %d", row).containsExactly(expected[row]);
    }
  }

  private int[][] byWholeRows(List<int[]> prompts, TokenRequest options) {
    int rows = prompts.size();
    int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
    int[] padding = prompts.stream().mapToInt(p -> longest - p.length).toArray();
    long[] ids = new long[rows * longest];
    List<Sampler> samplers = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      for (int i = padding[row]; i < longest; i++) {
        ids[row * longest + i] = prompts.get(row)[i - padding[row]];
      }
      samplers.add(
          new Sampler(
              options.sampling(),
              Optional.empty(),
              prompts.get(row),
              decoder.config().vocabSize()));
    }
    int[][] answers = new int[rows][options.maxNewTokens()];
    try (var scope = Scope.open();
        Batch cache = new Batch(decoder, 64, padding)) {
      Tensor logits = cache.forwardLast(Tensor.of(ids, rows, longest));
      for (int step = 0; step < options.maxNewTokens(); step++) {
        long[] next = new long[rows];
        for (int row = 0; row < rows; row++) {
          answers[row][step] = samplers.get(row).choose(logits.select(0, row).toFloats());
          samplers.get(row).accept(answers[row][step]);
          next[row] = answers[row][step];
        }
        logits = cache.forwardLast(Tensor.of(next, rows, 1));
      }
    }
    return answers;
  }

  @Test
  void promptsThatDoNotFitAreErrors() {
    assertThatThrownBy(() -> single(new int[0], upTo(1)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("an empty prompt");
    assertThatThrownBy(() -> single(new int[64], upTo(1)))
        .hasMessageContaining("fewer than 64 tokens");
    assertThatThrownBy(() -> single(new int[] {96}, upTo(1)))
        .hasMessageContaining("token ids from 0 to 95");
  }

  @Test
  void weightsThatAreNoNumbersAreAnError() {
    Objects.requireNonNull(decoder.fullState().get("model.layers.0.mlp.up_proj.weight"))
        .fill(Double.NaN);
    for (Sampling sampling : settings()) {
      assertThatThrownBy(() -> single(new int[] {1, 2}, upTo(2).withSampling(sampling)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("finite logits, got NaN");
    }
  }
}
