/**
 * The conversation that {@code deepseek chat} holds. Start at {@link deepseek.cli.chat.Repl}: it
 * reads lines from a {@link deepseek.cli.chat.LineSource}, keeps a {@link
 * deepseek.cli.chat.Conversation} and obeys {@link deepseek.cli.chat.SlashCommand}s. How a model
 * answers is not its business.
 */
@NullMarked
package deepseek.cli.chat;

import org.jspecify.annotations.NullMarked;
