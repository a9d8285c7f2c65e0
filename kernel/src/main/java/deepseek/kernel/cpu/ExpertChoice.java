package deepseek.kernel.cpu;

/**
 * How tokens are routed to experts.
 *
 * @param experts to choose among
 * @param chosen experts of a token
 * @param sigmoid whether scores are sigmoids; otherwise a softmax over all experts
 * @param normalised whether weights are divided by their sum over a token's experts
 * @param factor multiplies the weights, after the normalisation
 * @param groups number of expert groups, which have equal size
 * @param keptGroups number of best groups from which a token's experts are chosen
 */
public record ExpertChoice(
    int experts,
    int chosen,
    boolean sigmoid,
    boolean normalised,
    double factor,
    int groups,
    int keptGroups) {}
