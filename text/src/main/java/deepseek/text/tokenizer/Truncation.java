package deepseek.text.tokenizer;

import deepseek.files.DataException;

/**
 * Truncates an encoded text like transformers ({@code longest_first}): tokens are removed from the
 * end, of the longer text of a pair first, and added tokens stay. Done here because the native
 * library would have to be reconfigured, which would affect other threads.
 */
final class Truncation {
  private Truncation() {}

  static EncodedText cut(NativeTokenizer.Encoded encoded, int maxTokens) {
    int length = encoded.ids().length;
    int[] kept = {0, 0};
    int framing = 0;
    for (int i = 0; i < length; i++) {
      if (encoded.added()[i] != 0) {
        framing++;
      } else {
        kept[half(encoded, i)]++;
      }
    }
    if (maxTokens < framing) {
      throw new DataException(
          "encode text",
          "room for the " + framing + " tokens the model puts around a text",
          "a limit of " + maxTokens,
          "raise the limit");
    }
    // Of two equally long halves, the one that was shorter at first is truncated.
    int tied = kept[0] > kept[1] ? 1 : 0;
    while (framing + kept[0] + kept[1] > maxTokens) {
      kept[kept[0] == kept[1] && kept[tied] > 0 ? tied : kept[0] > kept[1] ? 0 : 1]--;
    }
    int[] ids = new int[framing + kept[0] + kept[1]];
    int[] typeIds = new int[ids.length];
    int count = 0;
    for (int i = 0; i < length; i++) {
      if (encoded.added()[i] != 0 || kept[half(encoded, i)]-- > 0) {
        ids[count] = Math.toIntExact(encoded.ids()[i]);
        typeIds[count++] = Math.toIntExact(encoded.typeIds()[i]);
      }
    }
    return new EncodedText(ids, typeIds);
  }

  private static int half(NativeTokenizer.Encoded encoded, int i) {
    return encoded.sequences()[i] == 1 ? 1 : 0;
  }
}
