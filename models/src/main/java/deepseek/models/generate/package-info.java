/**
 * Token sequences continued: {@link deepseek.models.generate.Engine} runs the requests of many
 * threads over one decoder, {@link deepseek.models.generate.Sampling} says how tokens are chosen.
 *
 * <p>{@code Engine} takes requests and has the thread; {@code Scheduler} decides what each step
 * runs; a {@code Sequence} has a request's tokens and cache; {@code Waiting}, {@code PrefixCache}
 * and {@code Guesses} say who is next, what is known already and what may come.
 */
@NullMarked
package deepseek.models.generate;

import org.jspecify.annotations.NullMarked;
