/**
 * Text processing: {@code tokenizer} converts text to ids and back, {@code jinja} renders
 * templates, {@code chat} renders conversations in a model's format. Tensors and weight formats
 * don't belong here; a GGUF file's metadata is passed as {@link deepseek.files.KeyValues}.
 */
package deepseek.text;
