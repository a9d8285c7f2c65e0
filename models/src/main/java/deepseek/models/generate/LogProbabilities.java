package deepseek.models.generate;

/**
 * How likely the model found a token, before penalties, constraints and temperature; natural
 * logarithms.
 *
 * @param chosen of the token that came
 * @param ids the likeliest tokens, by falling probability, as many as were asked for
 * @param values of those
 */
public record LogProbabilities(float chosen, int[] ids, float[] values) {}
