/**
 * Text to token ids and back. Start at {@link deepseek.text.tokenizer.Tokenizer}: it opens a
 * Hugging Face folder or the metadata of a GGUF file. {@link deepseek.text.tokenizer.StreamDecoder}
 * turns ids into text while they are generated. The algorithms themselves are Hugging Face's {@code
 * tokenizers} library, called through JNI; chat templates live in {@code deepseek.text.chat}.
 */
package deepseek.text.tokenizer;
