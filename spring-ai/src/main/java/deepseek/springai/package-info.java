/**
 * Models in this process behind the interfaces of Spring AI. Start at {@link
 * deepseek.springai.InProcessChatModel}. What answers a prompt is {@code deepseek.models}; only the
 * translation between the two APIs belongs here.
 */
package deepseek.springai;
