/**
 * A server under load: requests of mixed lengths that arrive by themselves, whether or not earlier
 * ones are answered, or from a number of clients that each wait; what their callers see of it.
 */
@NullMarked
package deepseek.bench.load;

import org.jspecify.annotations.NullMarked;
