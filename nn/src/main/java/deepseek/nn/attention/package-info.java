/**
 * Attention of decoders: positions, masks and the cache of what was seen. Start at {@link
 * deepseek.nn.attention.Step}, one forward pass over new tokens, and {@link
 * deepseek.nn.attention.GroupedAttention}.
 *
 * <p>Legend: B batch, L new tokens, S all tokens seen, D model, N query heads, K key/value heads, H
 * head size.
 */
package deepseek.nn.attention;
