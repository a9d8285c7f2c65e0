/**
 * Mixtures of experts. Start at {@link deepseek.nn.moe.MixtureOfExperts}; {@link
 * deepseek.nn.moe.Router} chooses a token's experts, {@link deepseek.nn.moe.Experts} runs them.
 *
 * <p>Legend: B batch, L length, T = B L tokens, D model, E experts, K experts of a token, G groups.
 */
package deepseek.nn.moe;
