package deepseek.models.encoder;

import deepseek.models.ModelException;

/** Two texts that a classifier reads together, such as a premise and a hypothesis. */
public record TextPair(String first, String second) {
  /** Refuses null. */
  public TextPair {
    ModelException.requirePresent("pair texts", "a first text", first);
    ModelException.requirePresent("pair texts", "a second text", second);
  }
}
