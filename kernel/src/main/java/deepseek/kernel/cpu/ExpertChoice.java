package deepseek.kernel.cpu;

/**
 * How tokens are routed to experts.
 *
 * @param experts to choose among
 * @param chosen experts of a token
 * @param sigmoid scores are sigmoids; else a softmax over all experts
 * @param normalised weights are divided by the sum over a token's experts
 * @param factor multiplies the weights, last
 * @param groups groups of equal size that the experts form
 * @param keptGroups groups, the best of them, that a token's experts are chosen from
 */
public record ExpertChoice(
    int experts,
    int chosen,
    boolean sigmoid,
    boolean normalised,
    double factor,
    int groups,
    int keptGroups) {}
