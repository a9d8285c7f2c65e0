/**
 * What all modules share: {@link deepseek.DeepseekException}, the base of all errors, and {@link
 * deepseek.Environment}, the environment variables.
 */
package deepseek;
