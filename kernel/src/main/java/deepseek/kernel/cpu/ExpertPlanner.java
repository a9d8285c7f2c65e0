package deepseek.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans mixtures of experts: each row is computed only by the experts it is routed to. */
public final class ExpertPlanner {
  /** Limits of experts.c: experts per layer, and experts per row. */
  public static final int MOST_EXPERTS = 512;

  public static final int MOST_CHOSEN = 32;

  private final StepPlanner planner;
  private final StepMemory memory;

  /** Adds to the program of {@code planner}. */
  public ExpertPlanner(StepPlanner planner) {
    this.planner = planner;
    this.memory = planner.memory();
  }

  /** Rows routed to experts: {@link #experts} computes them, {@link #combine} sums the results. */
  public static final class Routing {
    private final MemorySegment op;
    private final long places;

    private Routing(MemorySegment op, long places) {
      this.op = op;
      this.places = places;
    }
  }

  /**
   * Selects experts by router logits [rows, experts].
   *
   * @param correction address of FP32 [experts] that is added to the scores for the selection only,
   *     or 0
   */
  public Routing route(ExpertChoice c, long correction, Rows logits) {
    long choices = (long) planner.rowsNow() * c.chosen();
    int tile = StepMemory.TILE;
    long places = Math.ceilDiv(choices, tile) * tile + (long) tile * Math.min(choices, c.experts());
    // route_t
    MemorySegment op =
        planner
            .structure(18)
            .put(c.experts())
            .put(c.chosen())
            .put(c.sigmoid())
            .put(c.normalised())
            .put(c.factor())
            .put(c.groups())
            .put(c.keptGroups())
            .put(correction)
            .put(logits)
            .put(longs("places", choices))
            .put(memory.lend("shares", choices, choices * Float.BYTES))
            .put(longs("placed", places))
            .put(longs("starts", c.experts()))
            .put(longs("counts", c.experts()))
            .put(longs("active", c.experts()))
            .put(longs("totals", 2))
            .end();
    planner.add(StepPlanner.Kind.ROUTE, op, 1);
    return new Routing(op, places);
  }

  private long longs(String purpose, long count) {
    return memory.lend(purpose, count, count * Long.BYTES);
  }

  /**
   * {@code down(act(gate(x)) * up(x))} for each row's experts: one output row per pair of row and
   * expert.
   */
  public Rows experts(
      Routing r,
      Rows x,
      Gate act,
      List<WeightOperand> gate,
      List<WeightOperand> up,
      List<WeightOperand> down) {
    Rows thought = placed(r, gate.getFirst().out());
    List<WeightOperand> both = Stream.concat(gate.stream(), up.stream()).toList();
    StepPlanner.Operand in = gathered(r, x, /* fromTokens= */ true, both);
    if (formats(both).size() == 1) {
      products(r, in, StepPlanner.Then.GATE, act, gate, up, thought);
    } else {
      products(r, in, StepPlanner.Then.STORE, act, up, up, thought);
      products(r, in, StepPlanner.Then.GATE_Y, act, gate, gate, thought);
    }
    Rows y = placed(r, down.getFirst().out());
    StepPlanner.Operand middle = gathered(r, thought, /* fromTokens= */ false, down);
    products(r, middle, StepPlanner.Then.STORE, act, down, down, y);
    return y;
  }

  private static Set<WeightFormat> formats(List<WeightOperand> weights) {
    return weights.stream()
        .map(WeightOperand::format)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Rows placed(Routing r, long width) {
    return memory.rows("places of " + r.places + " ", r.places, width);
  }

  private StepPlanner.Operand gathered(
      Routing r, Rows x, boolean fromTokens, List<WeightOperand> weights) {
    boolean plain = weights.stream().anyMatch(w -> !w.format().isPacked());
    Rows y = plain && fromTokens ? placed(r, x.width()) : Rows.NONE;
    Quantised q = memory.quantised(x.width(), r.places, weights);
    if (!y.equals(Rows.NONE) || !q.equals(Quantised.NONE)) {
      // gather_t
      MemorySegment op =
          planner
              .structure(9 + Quantised.WORDS)
              .put(r.op.address())
              .put(fromTokens)
              .put(x)
              .put(x.width())
              .put(y)
              .put(q)
              .end();
      planner.add(StepPlanner.Kind.GATHER, op, 4);
    }
    return new StepPlanner.Operand(plain && !fromTokens ? x : y, q);
  }

  /** Adds an operation for each format among the experts' weights. */
  private void products(
      Routing r,
      StepPlanner.Operand x,
      StepPlanner.Then then,
      Gate act,
      List<WeightOperand> first,
      List<WeightOperand> second,
      Rows y) {
    for (WeightFormat format : formats(first)) {
      WeightOperand one =
          first.stream().filter(w -> w.format() == format).findFirst().orElseThrow();
      List<StepPlanner.Part> parts = List.of(new StepPlanner.Part(one, second.getFirst(), 0, 0, y));
      // experts_t
      MemorySegment op =
          planner
              .structure(4)
              .put(r.op.address())
              .put(planner.productOf(x, then, act, parts).address())
              .put(addresses(first, format))
              .put(addresses(second, format))
              .end();
      planner.add(
          StepPlanner.Kind.EXPERTS,
          op,
          planner.chunk(parts, planner.tuning().get(CpuTuning.Choice.EXPERT_CHUNKS)));
    }
  }

  /** The experts' addresses; 0 for weights of another format. */
  private long addresses(List<WeightOperand> weights, WeightFormat format) {
    MemorySegment list = planner.words(weights.size());
    for (int i = 0; i < weights.size(); i++) {
      if (weights.get(i).format() == format) {
        list.setAtIndex(ValueLayout.JAVA_LONG, i, weights.get(i).address());
      }
    }
    return list.address();
  }

  /**
   * {@code to += weighted sum of the experts' rows (+ shared * sigmoid(gate))}.
   *
   * @param shared rows of the shared expert, which computes every token, or empty
   * @param gate rows [1], the logits of its gate, or empty for an ungated one
   */
  public void combine(Routing r, Rows y, Optional<Rows> shared, Optional<Rows> gate, Rows to) {
    // combine_t
    MemorySegment op =
        planner
            .structure(14)
            .put(r.op.address())
            .put(y)
            .put(to)
            .put(to.width())
            .put(shared.orElse(Rows.NONE))
            .put(gate.orElse(Rows.NONE))
            .end();
    planner.add(StepPlanner.Kind.COMBINE, op, 4);
  }
}
