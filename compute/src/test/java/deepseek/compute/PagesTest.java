package deepseek.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import deepseek.compute.PlanBuilder.Projection;
import deepseek.compute.PlanBuilder.Values;
import deepseek.kernel.cpu.CompiledKernels;
import deepseek.kernel.cpu.GroupedHeads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sequences that share a plan's pages and calls are computed as each alone. */
@ExtendWith(LeakCheck.class)
class PagesTest {
  private static final int WIDTH = 32;
  private static final int VOCABULARY = 50;
  private static final int MOST = 200;

  private final Random random = new Random(7);
  private Scope scope;
  private Plan plan;

  /** Two layers, of which the second sees 70 tokens: two groups of pages. */
  @BeforeEach
  void open() {
    CompiledKernels.require();
    scope = Scope.open();
    try (PlanBuilder builder = new PlanBuilder(MOST, 8, DType.FLOAT32);
        Rng rng = Rng.seeded(1)) {
      Values x = builder.embedding(new Weight.Plain(Tensor.randn(rng, VOCABULARY, WIDTH)), 1);
      for (int window : new int[] {0, 70}) {
        List<Values> qkv =
            builder.products(builder.asIs(x), List.of(weight(rng), weight(rng), weight(rng)));
        Values seen =
            builder.attention(
                new GroupedHeads(4, 4, WIDTH / 4, false, 0.3, window),
                Optional.empty(),
                qkv.get(0),
                qkv.get(1),
                qkv.get(2),
                "rotary");
        builder.addProduct(builder.asIs(seen), weight(rng), x);
      }
      plan = builder.build(builder.pick(x));
    }
  }

  private static Projection weight(Rng rng) {
    return new Projection(
        new Weight.Plain(Tensor.randn(rng, WIDTH, WIDTH).mul(0.2)), Optional.empty());
  }

  @AfterEach
  void close() {
    plan.close();
    scope.close();
  }

  /** A sequence, what it was given so far, and what it is given next. */
  private final class Text implements AutoCloseable {
    private final PageTable pages;
    private final List<Integer> ids;

    Text() {
      this(new PageTable(plan.pages()), List.of());
    }

    private Text(PageTable pages, List<Integer> ids) {
      this.pages = pages;
      this.ids = new ArrayList<>(ids);
    }

    Text fork() {
      return new Text(pages.fork(), ids);
    }

    void truncate(int length) {
      pages.truncate(length);
      ids.subList(length, ids.size()).clear();
    }

    @Override
    public void close() {
      pages.close();
    }
  }

  /** Runs so many random tokens of each text in one call; the last rows of each. */
  private List<float[]> run(List<Text> texts, int... counts) {
    List<Plan.Span> spans = new ArrayList<>();
    int[] last = new int[counts.length];
    int row = 0;
    for (int i = 0; i < counts.length; i++) {
      Text text = texts.get(i);
      spans.add(new Plan.Span(text.pages, text.ids.size(), counts[i]));
      for (int j = 0; j < counts[i]; j++, row++) {
        int id = random.nextInt(VOCABULARY);
        plan.token(row, id);
        rotate(row, text.ids.size());
        text.ids.add(id);
      }
      last[i] = row - 1;
    }
    plan.run(spans, last);
    try (Scope inner = Scope.open()) {
      Tensor rows = plan.logits(last.length);
      return IntStream.range(0, last.length).mapToObj(i -> rows.select(0, i).toFloats()).toList();
    }
  }

  private void rotate(int row, int position) {
    float[] cosines = new float[WIDTH / 8];
    float[] sines = new float[WIDTH / 8];
    for (int i = 0; i < cosines.length; i++) {
      cosines[i] = (float) Math.cos(position * Math.pow(0.3, i));
      sines[i] = (float) Math.sin(position * Math.pow(0.3, i));
    }
    plan.rotary("rotary", row, cosines, sines);
  }

  /** The last row of a text that is run alone, in one call. */
  private void requireAsAlone(Text text, float[] got) {
    try (PageTable pages = new PageTable(plan.pages())) {
      for (int i = 0; i < text.ids.size(); i++) {
        plan.token(i, text.ids.get(i));
        rotate(i, i);
      }
      plan.run(List.of(new Plan.Span(pages, 0, text.ids.size())), text.ids.size() - 1);
      try (Scope inner = Scope.open()) {
        assertThat(got).containsExactly(plan.logits(1).toFloats(), within(2e-4f));
      }
    }
  }

  @Test
  void aMixtureOfPromptsAndTokensIsAsEachAlone() {
    try (Text one = new Text();
        Text two = new Text();
        Text three = new Text()) {
      List<Text> all = List.of(one, two, three);
      for (int[] counts :
          new int[][] {{63, 1, 2}, {1, 64, 1}, {1, 1, 100}, {1, 33, 1}, {70, 1, 1}, {1, 1, 1}}) {
        List<float[]> rows = run(all, counts);
        for (int i = 0; i < counts.length; i++) {
          requireAsAlone(all.get(i), rows.get(i));
        }
      }
    }
  }

  @Test
  void forksShareTheirPagesUntilTheyWrite() {
    try (Text first = new Text()) {
      run(List.of(first), 100);
      long page = plan.pages().usedBytes() / 2;
      try (Text second = first.fork()) {
        assertThat(plan.pages().usedBytes()).isEqualTo(2 * page);
        List<float[]> rows = run(List.of(first, second), 3, 1);
        requireAsAlone(first, rows.get(0));
        requireAsAlone(second, rows.get(1));
        // The first page is shared, each has a second of its own.
        assertThat(plan.pages().usedBytes()).isEqualTo(3 * page);
      }
      assertThat(plan.pages().usedBytes()).isEqualTo(2 * page);
      requireAsAlone(first, run(List.of(first), 1).getFirst());
    }
    assertThat(plan.pages().usedBytes()).isZero();
  }

  @Test
  void aSequenceThatWasCutBackGoesOnElsewhere() {
    try (Text text = new Text()) {
      run(List.of(text), 150);
      long bytes = plan.pages().usedBytes();
      text.truncate(64);
      assertThat(plan.pages().usedBytes()).isEqualTo(bytes / 3);
      requireAsAlone(text, run(List.of(text), 1).getFirst());
      text.truncate(10);
      requireAsAlone(text, run(List.of(text), 60).getFirst());
      text.truncate(0);
      assertThat(plan.pages().usedBytes()).isZero();
      requireAsAlone(text, run(List.of(text), 2).getFirst());
    }
  }

  /** Of the layer that sees 70 tokens, the first page can go once 64 more than these are there. */
  @Test
  void aWindowGivesBackWhatItHasLeft() {
    try (Text text = new Text()) {
      run(List.of(text), 190);
      text.pages.slide(190);
      long page = plan.pages().usedBytes() / 6;
      run(List.of(text), 7);
      text.pages.slide(196);
      assertThat(plan.pages().usedBytes()).isEqualTo(8 * page);
      text.pages.slide(197);
      assertThat(plan.pages().usedBytes()).isEqualTo(7 * page);
      assertThat(text.pages.shortest()).isEqualTo(133);
      requireAsAlone(text, run(List.of(text), 1).getFirst());
      try (Text fork = text.fork()) {
        assertThatThrownBy(() -> fork.pages.truncate(132))
            .isInstanceOf(ComputeException.class)
            .hasMessageContaining("a length of at least 133");
        fork.truncate(133);
        requireAsAlone(fork, run(List.of(fork), 30).getFirst());
        fork.truncate(0);
        requireAsAlone(fork, run(List.of(fork), 80).getFirst());
      }
      requireAsAlone(text, run(List.of(text), 1).getFirst());
    }
    assertThat(plan.pages().usedBytes()).isZero();
  }

  @Test
  void manySequencesComeAndGo() {
    List<Text> texts = new ArrayList<>();
    for (int round = 0; round < 300; round++) {
      if (random.nextInt(3) > 0 || texts.isEmpty()) {
        texts.add(texts.isEmpty() || random.nextBoolean() ? new Text() : texts.getLast().fork());
      } else {
        texts.remove(random.nextInt(texts.size())).close();
      }
      for (Text text : texts) {
        if (text.ids.size() < MOST - 40 && random.nextInt(4) == 0) {
          float[] row = run(List.of(text), random.nextInt(40) + 1).getFirst();
          text.pages.slide(text.ids.size());
          if (round % 20 == 0) {
            requireAsAlone(text, row);
          }
        }
      }
    }
    texts.forEach(Text::close);
    assertThat(plan.pages().usedBytes()).isZero();
  }
}
