/**
 * Conversations as the text a model was trained on. Start at {@link
 * deepseek.text.chat.ChatTemplate}: it renders {@link deepseek.text.chat.ChatMessage}s with the
 * template that comes with a model. How a template runs is {@code deepseek.text.jinja}'s concern,
 * and what happens to the text {@code deepseek.text.tokenizer}'s.
 */
package deepseek.text.chat;
