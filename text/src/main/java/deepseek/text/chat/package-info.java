/**
 * Renders conversations in the format that a model was trained on, and finds reasoning and tool
 * calls in what it answers. Start at {@link deepseek.text.chat.ChatTemplate}, which renders {@link
 * deepseek.text.chat.ChatMessage}s with the model's template, and at {@link
 * deepseek.text.chat.AnswerParser}, which splits an answer into {@link deepseek.text.chat.Delta}s
 * as it comes; {@link deepseek.text.chat.ChatPrompt} and {@link deepseek.text.chat.AnswerReader}
 * put both together. Templates are interpreted by {@code deepseek.text.jinja}, and the text is
 * tokenised by {@code deepseek.text.tokenizer}.
 */
package deepseek.text.chat;
