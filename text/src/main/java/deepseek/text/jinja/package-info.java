/**
 * An interpreter of the subset of Jinja 2 that chat templates use, configured like transformers
 * ({@code trim_blocks}, {@code lstrip_blocks}, loop controls, immutable values). Start at {@link
 * deepseek.text.jinja.JinjaTemplate}. Templates are untrusted: they can access plain values only,
 * and {@link deepseek.text.jinja.Limits} bound their time and output. Nothing here depends on
 * messages or tokens.
 */
package deepseek.text.jinja;
