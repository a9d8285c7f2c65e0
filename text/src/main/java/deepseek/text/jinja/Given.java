package deepseek.text.jinja;

import org.jspecify.annotations.Nullable;

/**
 * Plain data among a template's variables, the characters of whose texts are followed into the
 * output, through all that the template does to them; see {@link Rendered#given}.
 */
public record Given(@Nullable Object value) {}
