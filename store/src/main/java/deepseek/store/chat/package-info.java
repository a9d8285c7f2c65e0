/**
 * Conversations as the text a model was trained on. Start at {@link
 * deepseek.store.chat.ChatTemplate}: it renders {@link deepseek.store.chat.ChatMessage}s with the
 * template that comes with a model. How a template runs is {@code deepseek.store.jinja}'s concern,
 * and what happens to the text {@code deepseek.store.tokenizer}'s.
 */
package deepseek.store.chat;
