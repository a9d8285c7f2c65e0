/**
 * What all modules share: {@link deepseek.DeepseekException}, the base of all errors, {@link
 * deepseek.Environment}, the environment variables, and {@link deepseek.GgmlType}, the tensor types
 * of GGUF files.
 */
package deepseek;
