/** Llama and the models that share its layout: SmolLM2, TinyLlama, DeepSeek-LLM and others. */
package deepseek.models.llama;
