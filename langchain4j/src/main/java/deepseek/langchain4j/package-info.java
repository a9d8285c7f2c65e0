/**
 * Models in this process behind the interfaces of LangChain4j. Start at {@link
 * deepseek.langchain4j.InProcessChatModel}. What answers a request is {@code deepseek.models}; only
 * the translation between the two APIs belongs here.
 */
package deepseek.langchain4j;
