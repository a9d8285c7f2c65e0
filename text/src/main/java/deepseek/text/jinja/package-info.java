/**
 * The part of Jinja 2 that chat templates are written in, interpreted as transformers sets it up
 * ({@code trim_blocks}, {@code lstrip_blocks}, loop controls, immutable values). Start at {@link
 * deepseek.text.jinja.JinjaTemplate}. A template comes from a stranger: it reaches no Java object
 * but plain values, and {@link deepseek.text.jinja.Limits} bound its time and output. Nothing here
 * knows what a message or a token is.
 */
package deepseek.text.jinja;
