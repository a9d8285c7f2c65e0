package deepseek.models.generate;

import java.util.List;

/**
 * Part of an answer.
 *
 * @param text which is empty where a token is within a character, or at what may be the beginning
 *     of a stop text
 * @param tokens that have come since the last part; none at the end of the text
 */
public record TextPart(String text, List<TokenChoice> tokens) {
  public TextPart {
    tokens = List.copyOf(tokens);
  }
}
