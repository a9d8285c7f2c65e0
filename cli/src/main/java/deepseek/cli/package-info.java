/**
 * The {@code deepseek} command: one class per verb. Start at {@link deepseek.cli.Deepseek}, which
 * lists them, and {@link deepseek.cli.Main}, which turns what goes wrong into one line and an exit
 * code.
 *
 * <p>A verb parses its arguments, calls the library and prints. Anything a program that embeds the
 * library would want belongs there, not here.
 */
@NullMarked
package deepseek.cli;

import org.jspecify.annotations.NullMarked;
