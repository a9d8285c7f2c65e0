package deepseek.compute;

import deepseek.compute.PlanBuilder.Projection;
import deepseek.compute.PlanBuilder.Values;
import deepseek.kernel.cpu.ExpertChoice;
import deepseek.kernel.cpu.Gate;
import deepseek.kernel.cpu.GroupedHeads;
import deepseek.kernel.cpu.LatentHeads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Plans of weights that don't fit, and runs of plans that do. */
final class PlanMisuse {
  private static final int WIDTH = 32;
  private static final int VOCABULARY = 40;
  private static final String ROTARY = "rotary";

  private final Misuse misuse;

  private PlanMisuse(Misuse misuse) {
    this.misuse = misuse;
  }

  public static void main(String[] arguments) {
    Misuse misuse = new Misuse();
    PlanMisuse plans = new PlanMisuse(misuse);
    plans.builders();
    plans.products();
    plans.attention();
    plans.experts();
    plans.runs();
    misuse.end();
  }

  private static Projection projection(long out, long in) {
    return new Projection(new Weight.Plain(Tensor.ones(out, in)), Optional.empty());
  }

  /** While a plan is made that has rows of {@link #WIDTH}. */
  private void building(String name, BiConsumer<PlanBuilder, Values> call) {
    misuse.refused(
        name,
        () -> {
          try (PlanBuilder plan = new PlanBuilder(8, 2, DType.FLOAT32)) {
            Values x = plan.embedding(new Weight.Plain(Tensor.ones(VOCABULARY, WIDTH)), 1);
            call.accept(plan, x);
            // What got so far is run, which tells by a crash what was read.
            try (Plan made = plan.build(plan.pick(x))) {
              made.token(0, 1);
              made.run(List.of(new Plan.Span(new PageTable(made.pages()), 0, 1)), 0);
            }
          }
        });
  }

  private void builders() {
    misuse.refused("no tokens", () -> new PlanBuilder(0, 0, DType.FLOAT32));
    misuse.refused("-1 tokens", () -> new PlanBuilder(-1, 1, DType.FLOAT32));
    misuse.refused("2^31 - 1 tokens", () -> new PlanBuilder(Integer.MAX_VALUE, 1, DType.FLOAT32));
    misuse.refused("more picked than tokens", () -> new PlanBuilder(1, 2, DType.FLOAT32));
    building("two picks", (plan, x) -> plan.pick(plan.pick(x)));
    building("rows of before the pick after it", (plan, x) -> other(plan, plan.pick(x), x));
    building("a mark of -1", (plan, x) -> plan.reuse(-1));
    building("a mark that was never given", (plan, x) -> plan.reuse(1000));
    building(
        "rows of another plan",
        (plan, x) -> {
          try (PlanBuilder second = new PlanBuilder(8, 2, DType.FLOAT32)) {
            second.product(second.asIs(x), projection(4, WIDTH));
          }
        });
    building("a plan built twice", (plan, x) -> plan.build(x).close());
    building(
        "a closed builder",
        (plan, x) -> {
          plan.close();
          plan.asIs(x);
        });
  }

  private static void other(PlanBuilder plan, Values picked, Values x) {
    plan.addProduct(plan.asIs(picked), projection(WIDTH, WIDTH), x);
  }

  private void products() {
    building("a narrower weight", (plan, x) -> plan.product(plan.asIs(x), projection(4, 16)));
    building("a wider weight", (plan, x) -> plan.product(plan.asIs(x), projection(4, 1 << 20)));
    building("no weights", (plan, x) -> plan.products(plan.asIs(x), List.of()));
    building(
        "four weights",
        (plan, x) -> plan.products(plan.asIs(x), Collections.nCopies(4, projection(WIDTH, WIDTH))));
    building(
        "a longer result than the rows",
        (plan, x) -> plan.addProduct(plan.asIs(x), projection(1 << 20, WIDTH), x));
    building(
        "a short bias",
        (plan, x) ->
            plan.product(
                plan.asIs(x),
                new Projection(
                    new Weight.Plain(Tensor.ones(1 << 12, WIDTH)), Optional.of(Tensor.ones(1)))));
    building("a short norm", (plan, x) -> plan.normed(x, norm(1)));
    building(
        "a norm added to other rows",
        (plan, x) ->
            plan.addNormed(x, norm(WIDTH), plan.product(plan.asIs(x), projection(4, WIDTH))));
    building(
        "gate and up of two sizes",
        (plan, x) ->
            plan.gated(plan.asIs(x), projection(1 << 20, WIDTH), projection(4, WIDTH), Gate.SILU));
    building(
        "a closed weight",
        (plan, x) -> {
          Projection p = projection(4, WIDTH);
          p.weight().tensor().close();
          plan.product(plan.asIs(x), p);
        });
  }

  private static PlanBuilder.Norm norm(int width) {
    return new PlanBuilder.Norm(Tensor.ones(width), 0, 0);
  }

  private static GroupedHeads heads(int heads, int keyHeads, int width, int window) {
    return new GroupedHeads(heads, keyHeads, width, false, 1, window);
  }

  private void attention() {
    for (GroupedHeads wrong :
        List.of(
            heads(0, 0, 8, 0),
            heads(4, 3, 8, 0),
            heads(4, 4, 16, 0),
            heads(1 << 20, 4, 8, 0),
            heads(4, 4, 8, -1),
            heads(-4, -4, -8, 0))) {
      building(
          wrong.toString(), (plan, x) -> plan.attention(wrong, Optional.empty(), x, x, x, ROTARY));
    }
    building(
        "one rotary embedding of two sizes",
        (plan, x) -> {
          plan.attention(heads(4, 4, 8, 0), Optional.empty(), x, x, x, ROTARY);
          plan.attention(heads(2, 2, 16, 0), Optional.empty(), x, x, x, ROTARY);
        });
    for (int[] wrong :
        new int[][] {{0, 16, 24}, {4, 16, 24}, {2, 32, 24}, {2, 16, 600}, {-2, -16, -24}}) {
      building(
          "latent heads, rank and values of " + Arrays.toString(wrong),
          (plan, x) ->
              plan.latentAttention(
                  latents(wrong[0], wrong[1], wrong[2]),
                  new Weight.Plain(Tensor.ones(64, 16)),
                  norm(16),
                  x,
                  x,
                  ROTARY));
    }
  }

  private static LatentHeads latents(int heads, int rank, int value) {
    return new LatentHeads(heads, rank, 8, 8, value, false, 1);
  }

  private void experts() {
    experts("no experts", choice(0, 0, 1, 1), 0, 8);
    experts("fewer experts than are chosen among", choice(8, 2, 1, 1), 4, 8);
    experts("more chosen than there are", choice(4, 5, 1, 1), 4, 8);
    experts("groups that don't divide", choice(4, 1, 3, 1), 4, 8);
    experts("no groups", choice(4, 1, 0, 0), 4, 8);
    experts("groups that offer too few", choice(4, 3, 4, 1), 4, 8);
    experts("-1 chosen", choice(4, -1, 1, 1), 4, 8);
    experts("an expert of another size", choice(4, 1, 1, 1), 4, 1 << 16);
  }

  private static ExpertChoice choice(int experts, int chosen, int groups, int kept) {
    return new ExpertChoice(experts, chosen, false, false, 1, groups, kept);
  }

  /** The last expert's hidden size is {@code last}. */
  private void experts(String name, ExpertChoice choice, int count, int last) {
    building(
        name,
        (plan, x) -> {
          List<PlanBuilder.Expert> experts = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            int hidden = i == count - 1 ? last : 8;
            experts.add(
                new PlanBuilder.Expert(
                    new Weight.Plain(Tensor.ones(hidden, WIDTH)),
                    new Weight.Plain(Tensor.ones(hidden, WIDTH)),
                    new Weight.Plain(Tensor.ones(WIDTH, hidden))));
          }
          Values logits =
              plan.product(plan.asIs(x), projection(Math.max(1, choice.experts()), WIDTH));
          plan.experts(x, logits, choice, Optional.empty(), experts, Gate.SILU);
        });
  }

  /** A plan of one layer for 8 tokens, of which 2 are picked, and an empty sequence. */
  private record Fixture(Plan plan, PageTable pages, Tensor table) {
    void run(long slot, int count, int... picks) {
      plan.run(List.of(new Plan.Span(pages, slot, count)), picks);
    }
  }

  private void running(String name, Consumer<Fixture> call) {
    misuse.refused(
        name,
        () -> {
          try (PlanBuilder builder = new PlanBuilder(8, 2, DType.FLOAT32)) {
            Tensor table = Tensor.ones(VOCABULARY, WIDTH);
            Values x = builder.embedding(new Weight.Plain(table), 1);
            x = builder.attention(heads(4, 4, 8, 0), Optional.empty(), x, x, x, ROTARY);
            try (Plan plan = builder.build(builder.pick(x));
                PageTable pages = new PageTable(plan.pages())) {
              call.accept(new Fixture(plan, pages, table));
            }
          }
        });
  }

  private void ready(String name, Consumer<Fixture> call) {
    running(
        name,
        f -> {
          f.plan().token(0, 1);
          f.run(0, 1, 0);
          call.accept(f);
        });
  }

  private void runs() {
    running("logits before a run", f -> f.plan().logits(1));
    running("picks before a run", f -> f.plan().runPicked(0));
    for (int row : new int[] {-1, 8, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      ready("token in row " + row, f -> f.plan().token(row, 1));
      ready("pick of row " + row, f -> f.run(1, 1, row));
      ready("second pick of row " + row, f -> f.plan().runPicked(row));
      ready("logits of " + row, f -> f.plan().logits(row));
      ready("angles of row " + row, f -> f.plan().rotary(ROTARY, row, new float[4], new float[4]));
    }
    for (long id : new long[] {-1, VOCABULARY, 1L << 60}) {
      ready("token " + id, f -> f.plan().token(0, id));
    }
    for (long slot : new long[] {-1, 65, 1L << 40, Long.MAX_VALUE}) {
      ready("slot " + slot, f -> f.run(slot, 1));
    }
    ready("no spans", f -> f.plan().run(List.of()));
    ready("a span of no tokens", f -> f.run(1, 0));
    ready("-1 tokens", f -> f.run(1, -1));
    ready("9 tokens", f -> f.run(1, 9));
    ready("2^31 - 1 tokens", f -> f.run(1, Integer.MAX_VALUE));
    ready("three spans of one token", f -> f.plan().run(spans(f, 3)));
    ready(
        "a sequence in two spans",
        f -> {
          var span = new Plan.Span(f.pages(), 1, 1);
          f.plan().run(List.of(span, span));
        });
    ready("another rotary embedding", f -> f.plan().rotary("", 0, new float[4], new float[4]));
    ready("3 sines", f -> f.plan().rotary(ROTARY, 0, new float[4], new float[3]));
    ready(
        "a closed sequence",
        f -> {
          f.pages().close();
          f.pages().close();
          f.run(0, 1);
        });
    ready(
        "a sequence of another plan",
        f -> {
          try (PlanBuilder builder = new PlanBuilder(8, 2, DType.FLOAT32);
              Plan other =
                  builder.build(
                      builder.pick(
                          builder.embedding(new Weight.Plain(Tensor.ones(4, WIDTH)), 1)))) {
            f.plan().run(List.of(new Plan.Span(new PageTable(other.pages()), 0, 1)));
          }
        });
    ready(
        "a table closed after the plan was made",
        f -> {
          f.table().close();
          f.run(1, 1);
        });
    ready("a closed plan", f -> closed(f.plan()).run(spans(f, 1)));
    ready("logits of a closed plan", f -> closed(f.plan()).logits(1));
    ready("a token of a closed plan", f -> closed(f.plan()).token(0, 1));
    ready("the largest of a closed plan", f -> closed(f.plan()).findLargest(1));
    ready("the -1 largest", f -> f.plan().findLargest(-1));
    ready("the 66 largest", f -> f.plan().findLargest(LargestLogits.MOST + 1));
  }

  private static List<Plan.Span> spans(Fixture f, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Plan.Span(new PageTable(f.plan().pages()), 0, 1))
        .toList();
  }

  private static Plan closed(Plan plan) {
    plan.close();
    plan.close();
    return plan;
  }
}
