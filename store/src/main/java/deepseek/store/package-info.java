/**
 * Files of models: where they come from, how they are mapped, what they hold. One package per
 * concern: {@code source} finds and fetches, {@code safetensors}, {@code gguf} and {@code onnx}
 * read weights, {@code tokenizer} turns text into ids. No layer and no model family belongs here.
 */
package deepseek.store;
