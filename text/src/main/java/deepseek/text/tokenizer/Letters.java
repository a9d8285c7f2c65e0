package deepseek.text.tokenizer;

/** Whether text is converted to lower case before it is tokenised. */
public enum Letters {
  /** Only if the tokenizer itself does. */
  AS_WRITTEN,
  /** Before all other steps, but not in special tokens: {@code [SEP]} in a text stays one. */
  LOWER_CASE
}
