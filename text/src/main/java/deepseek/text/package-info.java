/**
 * Text of models: {@code tokenizer} turns text into ids and back, {@code jinja} renders templates,
 * {@code chat} writes conversations the way a model was trained on them. No tensor and no format of
 * weights belongs here; what a GGUF file says of its tokenizer comes as {@link
 * deepseek.files.KeyValues}.
 */
package deepseek.text;
