package deepseek.text.tokenizer;

/** Which end of a shorter row is filled: decoders generate at the right end, so they pad left. */
public enum PaddingSide {
  LEFT,
  RIGHT
}
