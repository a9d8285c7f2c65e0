package deepseek.nn.attention;

/**
 * New tokens of a sequence in a step.
 *
 * @param cache of the sequence, which then holds them
 * @param ids of the tokens, at least one
 * @param picked how many of the last tokens' logits are wanted
 */
public record Span(KvCache cache, int[] ids, int picked) {}
