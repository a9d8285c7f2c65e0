/**
 * Finds reasoning and tool calls in what models write, as it comes, in the formats of their
 * families. Start at {@link deepseek.serve.tools.AnswerParser}. Texts go in, {@link
 * deepseek.serve.tools.Delta}s come out; neither models nor HTTP are known here.
 */
package deepseek.serve.tools;
