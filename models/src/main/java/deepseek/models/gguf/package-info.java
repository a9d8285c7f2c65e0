/**
 * GGUF files as Hugging Face checkpoints, so that no model family knows GGUF: metadata becomes a
 * config.json, tensors get their Hugging Face names. Start at {@link
 * deepseek.models.gguf.GgufCheckpoint}; an architecture is one entry of {@link
 * deepseek.models.gguf.GgufArchitecture}.
 */
package deepseek.models.gguf;
