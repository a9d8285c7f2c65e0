/**
 * Text from a decoder, token by token. {@link deepseek.models.generate.TokenGenerator} knows token
 * ids only; {@link deepseek.models.CausalLm} puts text around it.
 */
package deepseek.models.generate;
