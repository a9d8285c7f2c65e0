package deepseek.text.jinja;

import org.jspecify.annotations.Nullable;

/**
 * Untrusted plain data among a template's variables. The characters of its strings are tracked
 * through the template's operations to the output; see {@link Rendered#given}.
 */
public record Given(@Nullable Object value) {}
