package deepseek.bench;

import deepseek.text.tokenizer.Tokenizer;
import java.util.Arrays;

/** Ordinary English of any number of tokens. */
final class Prompts {
  private static final String TEXT =
      """
      The bicycle as we know it took about seventy years to find its form. The first machines had \
      neither pedals nor chain: the rider sat astride a wooden beam between two wheels and pushed \
      against the road. Pedals came next, fixed to the front wheel, which grew and grew, since a \
      larger wheel went further with each turn. Only when chains became strong and cheap could the \
      wheels be of one size again, the rider sit between them, and a fall be a matter of a bruised \
      knee. Air-filled tyres followed within a few years, and with them the bicycle left the \
      pavement of the cities. It has changed little since. What changed are the roads around it.
      """;

  private Prompts() {}

  /** The text that prompts are made of. */
  static String text() {
    return TEXT;
  }

  static int[] ofLength(int tokens, Tokenizer tokenizer) {
    int[] once = tokenizer.encode(TEXT);
    int[] prompt = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      prompt[i] = once[i % once.length];
    }
    return Arrays.copyOf(prompt, tokens);
  }
}
