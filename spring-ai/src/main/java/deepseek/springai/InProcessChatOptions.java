package deepseek.springai;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * Options of a chat: those of Spring AI, tools and a JSON schema that the answer keeps to. What is
 * null is left to the model's defaults.
 */
public final class InProcessChatOptions extends DefaultToolCallingChatOptions
    implements StructuredOutputChatOptions {
  private final @Nullable String outputSchema;

  private InProcessChatOptions(ToolCallingChatOptions plain, @Nullable String outputSchema) {
    super(
        plain.getToolCallbacks(),
        plain.getToolContext(),
        plain.getModel(),
        plain.getFrequencyPenalty(),
        plain.getMaxTokens(),
        plain.getPresencePenalty(),
        plain.getStopSequences(),
        plain.getTemperature(),
        plain.getTopK(),
        plain.getTopP());
    this.outputSchema = outputSchema;
  }

  /** Options of which none is set. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public @Nullable String getOutputSchema() {
    return outputSchema;
  }

  @Override
  public Builder mutate() {
    return builder()
        .model(getModel())
        .frequencyPenalty(getFrequencyPenalty())
        .maxTokens(getMaxTokens())
        .presencePenalty(getPresencePenalty())
        .stopSequences(getStopSequences())
        .temperature(getTemperature())
        .topK(getTopK())
        .topP(getTopP())
        .toolCallbacks(getToolCallbacks())
        .toolContext(getToolContext())
        .outputSchema(outputSchema);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other)
        && other instanceof InProcessChatOptions that
        && Objects.equals(outputSchema, that.outputSchema);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), outputSchema);
  }

  /** Makes options. */
  public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
      implements StructuredOutputChatOptions.Builder<Builder> {
    private @Nullable String outputSchema;

    private Builder() {}

    @Override
    public Builder outputSchema(@Nullable String schema) {
      this.outputSchema = schema;
      return this;
    }

    @Override
    public Builder combineWith(ChatOptions.Builder<?> other) {
      super.combineWith(other);
      if (other instanceof Builder that && that.outputSchema != null) {
        outputSchema = that.outputSchema;
      }
      return this;
    }

    @Override
    public InProcessChatOptions build() {
      return new InProcessChatOptions(super.build(), outputSchema);
    }
  }
}
