package deepseek.text.tokenizer;

/** Which side of shorter rows is padded: decoders generate at the right end, so they pad left. */
public enum PaddingSide {
  LEFT,
  RIGHT
}
