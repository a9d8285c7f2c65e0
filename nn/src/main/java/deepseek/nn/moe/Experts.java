package deepseek.nn.moe;

import deepseek.compute.DType;
import deepseek.compute.PlanBuilder;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.Gate;
import deepseek.nn.GatedMlp;
import deepseek.nn.Module;
import deepseek.nn.NnException;
import deepseek.nn.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * E networks of which each token runs the K it is routed to: {@code y_t = sum over k of w_tk *
 * expert_tk(x_t)}. Tokens are gathered by expert, so that each expert runs once on its tokens and
 * an expert without tokens does not run.
 */
public final class Experts extends Module {
  private final List<GatedMlp> experts = new ArrayList<>();

  private Experts(int count, GatedMlp.Settings settings, Parameters p) {
    for (int e = 0; e < count; e++) {
      String name = String.valueOf(e);
      experts.add(child(name, GatedMlp.of(settings, p.at(name))));
    }
  }

  /** {@code count} experts, named by their number in {@code p}. */
  public static Experts of(int count, GatedMlp.Settings settings, Parameters p) {
    return new Experts(count, settings, p);
  }

  /** Their weights in a plan; biases are refused. */
  List<PlanBuilder.Expert> planned() {
    return experts.stream().map(GatedMlp::expert).toList();
  }

  Gate plannedGate() {
    return experts.getFirst().plannedGate();
  }

  /** x [T, D] by routing over K experts each: [T, D]. */
  public Tensor forward(Tensor xTD, Routing routing) {
    long numTokens = xTD.size(0);
    requireFitting(numTokens, routing);
    return numTokens == 1 ? one(xTD, routing) : many(xTD, routing);
  }

  private void requireFitting(long numTokens, Routing routing) {
    Tensor chosen = routing.experts();
    boolean fits =
        chosen.rank() == 2
            && chosen.size(0) == numTokens
            && Arrays.equals(routing.weights().shape(), chosen.shape())
            && Arrays.stream(chosen.toInts()).allMatch(e -> e >= 0 && e < experts.size());
    if (!fits) {
      throw new NnException(
          "run experts",
          "a routing of " + numTokens + " tokens to experts from 0 to " + (experts.size() - 1),
          chosen.toString(),
          "route these tokens by a router of as many experts");
    }
  }

  private Tensor one(Tensor x1D, Routing routing) {
    List<Tensor> answers = new ArrayList<>();
    for (int expert : routing.experts().toInts()) {
      answers.add(experts.get(expert).forward(x1D));
    }
    Tensor answersKD = Tensor.cat(answers, 0).to(DType.FLOAT32);
    return routing.weights().matmul(answersKD).to(x1D.dtype());
  }

  private Tensor many(Tensor xTD, Routing routing) {
    Plan plan = Plan.of(routing.experts().toInts(), experts.size());
    int numChosen = (int) routing.experts().size(1);
    Tensor places = Tensor.of(plan.places()).to(xTD.device());
    Tensor tokens = Tensor.of(plan.tokens(numChosen)).to(xTD.device());
    Tensor gathered = xTD.indexSelect(0, tokens);
    List<Tensor> answers = new ArrayList<>();
    for (int expert = 0, from = 0; expert < experts.size(); expert++) {
      int count = plan.counts()[expert];
      if (count > 0) {
        answers.add(experts.get(expert).forward(gathered.narrow(0, from, count)));
        from += count;
      }
    }
    Tensor weights = routing.weights().reshape(-1, 1).indexSelect(0, places);
    Tensor weighed = Tensor.cat(answers, 0).mul(weights);
    return Tensor.zeros(weighed.dtype(), xTD.device(), xTD.shape())
        .indexAddInPlace(0, tokens, weighed)
        .to(xTD.dtype());
  }

  /** Places t * K + k of a routing in the order of their experts, and how many each expert has. */
  private record Plan(long[] places, int[] counts) {
    static Plan of(int[] chosen, int numExperts) {
      int[] counts = new int[numExperts];
      for (int expert : chosen) {
        counts[expert]++;
      }
      int[] next = new int[numExperts];
      for (int e = 1; e < numExperts; e++) {
        next[e] = next[e - 1] + counts[e - 1];
      }
      long[] places = new long[chosen.length];
      for (int place = 0; place < chosen.length; place++) {
        places[next[chosen[place]]++] = place;
      }
      return new Plan(places, counts);
    }

    long[] tokens(int numChosen) {
      long[] tokens = new long[places.length];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = places[i] / numChosen;
      }
      return tokens;
    }
  }
}
