/**
 * Files of models: how they are mapped, what they hold. One package per concern: {@code
 * safetensors}, {@code gguf} and {@code onnx} read weights, {@code tokenizer} turns text into ids.
 * No layer and no model family belongs here.
 */
package deepseek.store;
