package deepseek.models.generate;

/**
 * What an engine does and has done since it was opened.
 *
 * @param running sequences that are read or answered
 * @param waiting requests that wait for their turn
 * @param cacheBytes of keys and values now, of all the decoder's sequences
 * @param cacheLimit that they may reach
 * @param keptSequences sequences that have ended and are kept for prompts to come
 * @param finished requests that have ended, whatever their end
 * @param promptTokens of prompts that were run
 * @param cachedPromptTokens of prompts that were known and not run again
 * @param generatedTokens tokens of answers
 * @param steps of the decoder
 * @param steppedSequences of all steps together
 * @param preemptions sequences that gave their cache to others and began anew
 * @param guessedTokens by speculation
 * @param acceptedTokens of those that were right
 */
public record EngineStats(
    int running,
    int waiting,
    long cacheBytes,
    long cacheLimit,
    int keptSequences,
    long finished,
    long promptTokens,
    long cachedPromptTokens,
    long generatedTokens,
    long steps,
    long steppedSequences,
    long preemptions,
    long guessedTokens,
    long acceptedTokens) {
  EngineStats withWaiting(int value) {
    return new EngineStats(
        running,
        value,
        cacheBytes,
        cacheLimit,
        keptSequences,
        finished,
        promptTokens,
        cachedPromptTokens,
        generatedTokens,
        steps,
        steppedSequences,
        preemptions,
        guessedTokens,
        acceptedTokens);
  }
}
