/**
 * Files of models: how they are mapped, what they hold. One package per format: {@code
 * safetensors}, {@code gguf}, {@code onnx}, and {@code packed}, which is ours. No layer, no model
 * family and no tokenizer belongs here.
 */
package deepseek.store;
