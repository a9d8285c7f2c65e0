/**
 * What every module shares: {@link deepseek.DeepseekException}, the form of all our errors, and
 * {@link deepseek.Environment}, what the user has set.
 */
package deepseek;
