/**
 * Converts text to token ids and back. Start at {@link deepseek.text.tokenizer.Tokenizer}, which
 * opens a Hugging Face folder or the metadata of a GGUF file. {@link
 * deepseek.text.tokenizer.StreamDecoder} decodes ids while they are generated. The algorithms are
 * those of Hugging Face's {@code tokenizers} library, called through JNI; chat templates are in
 * {@code deepseek.text.chat}.
 */
package deepseek.text.tokenizer;
