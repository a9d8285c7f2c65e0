/**
 * DeepSeek's mixtures: DeepSeek-MoE in {@link deepseek.models.deepseek.DeepseekMoe}, V2 and V3 in
 * {@link deepseek.models.deepseek.DeepseekLatent}. DeepSeek-LLM is a Llama by its config.json.
 */
package deepseek.models.deepseek;
