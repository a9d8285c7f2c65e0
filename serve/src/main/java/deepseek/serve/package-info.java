/**
 * An HTTP server for models, in one process with them: {@link deepseek.serve.Server} starts it as a
 * {@link deepseek.serve.ServeConfig} says.
 *
 * <p>{@code http} is what all APIs share: bodies, errors, keys, limits. {@code answers} runs
 * conversations on the models of {@code shelf}, and {@code openai} and {@code ollama} put all this
 * into the words of those APIs; {@code dashboard} shows it. Nothing here knows of tensors.
 */
package deepseek.serve;
