/** What every module shares: {@link deepseek.DeepseekException}, the form of all our errors. */
package deepseek;
