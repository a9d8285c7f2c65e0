/**
 * Model files: mapping and parsing. One package per format: {@code safetensors}, {@code gguf},
 * {@code onnx}, and our own {@code packed}. Layers, model families and tokenizers don't belong
 * here.
 */
package deepseek.store;
