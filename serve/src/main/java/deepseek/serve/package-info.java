/**
 * An HTTP server for models, in one process with them: {@link deepseek.serve.Server} starts it as a
 * {@link deepseek.serve.ServeConfig} says.
 *
 * <p>{@code http} is what all APIs share: bodies, errors, keys, limits. {@code answers} runs
 * conversations on the models of {@code shelf}, {@code tools} finds tool calls and reasoning in
 * what they write, and {@code openai} and {@code ollama} put all this into the words of those APIs.
 * Nothing here knows of tensors.
 */
package deepseek.serve;
