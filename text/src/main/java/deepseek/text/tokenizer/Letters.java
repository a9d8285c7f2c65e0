package deepseek.text.tokenizer;

/** Whether a tokenizer makes letters small before it looks for tokens in a text. */
public enum Letters {
  /** As the tokenizer itself has it. */
  AS_WRITTEN,
  /** First of all, and between special tokens only: {@code [SEP]} in a text stays one. */
  LOWER_CASE
}
