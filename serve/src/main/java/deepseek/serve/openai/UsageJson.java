package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.models.generate.Generation;

/** How many tokens the answers to a request took; a prompt with several answers counts once. */
final class UsageJson {
  private int promptTokens;
  private int cachedTokens;
  private int newTokens;

  /** Adds the next answer to the same prompt. */
  void add(Generation generation) {
    if (promptTokens == 0) {
      promptTokens = generation.promptIds().length;
      cachedTokens = generation.cachedTokens();
    }
    newTokens += generation.ids().length;
  }

  /** Adds those of another prompt. */
  void add(UsageJson other) {
    promptTokens += other.promptTokens;
    cachedTokens += other.cachedTokens;
    newTokens += other.newTokens;
  }

  ObjectNode json() {
    ObjectNode usage = JsonNodeFactory.instance.objectNode();
    usage
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", newTokens)
        .put("total_tokens", promptTokens + newTokens)
        .putObject("prompt_tokens_details")
        .put("cached_tokens", cachedTokens);
    return usage;
  }

  /**
   * The same by the names of the responses API.
   *
   * @param reasoningTokens of the new ones, those of reasoning
   */
  ObjectNode responsesJson(int reasoningTokens) {
    ObjectNode usage = JsonNodeFactory.instance.objectNode();
    usage.put("input_tokens", promptTokens);
    // What had to be run is kept for prompts to come.
    usage
        .putObject("input_tokens_details")
        .put("cached_tokens", cachedTokens)
        .put("cache_write_tokens", promptTokens - cachedTokens);
    usage.put("output_tokens", newTokens);
    usage.putObject("output_tokens_details").put("reasoning_tokens", reasoningTokens);
    usage.put("total_tokens", promptTokens + newTokens);
    return usage;
  }
}
