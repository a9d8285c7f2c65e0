package deepseek.models.generate;

/** Why an answer ended. */
public enum FinishReason {
  /** The model said so. */
  STOP,
  /** The answer or the context was full. */
  LENGTH,
  /** One of the caller's stop strings came. */
  STOP_STRING,
  /** The caller asked for it. */
  CANCELLED
}
