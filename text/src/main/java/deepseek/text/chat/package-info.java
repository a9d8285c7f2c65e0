/**
 * Renders conversations in the format that a model was trained on. Start at {@link
 * deepseek.text.chat.ChatTemplate}, which renders {@link deepseek.text.chat.ChatMessage}s with the
 * model's template. Templates are interpreted by {@code deepseek.text.jinja}, and the text is
 * tokenised by {@code deepseek.text.tokenizer}.
 */
package deepseek.text.chat;
