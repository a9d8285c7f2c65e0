package deepseek.text.tokenizer;

import deepseek.files.DataException;
import java.util.Arrays;
import java.util.List;

/**
 * Encoded texts padded to one length; arrays are row-major {@code rows × columns}, ready to become
 * int64 tensors.
 *
 * @param ids token ids, padding where {@code mask} is 0
 * @param mask 1 for a token, 0 for padding ({@code attention_mask})
 * @param typeIds {@code token_type_ids}, 0 for padding
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
public record TokenBatch(int rows, int columns, long[] ids, long[] mask, long[] typeIds) {

  /** Pads every row to the longest. */
  static TokenBatch pad(List<EncodedText> texts, int padId, PaddingSide side) {
    int columns = texts.stream().mapToInt(text -> text.ids().length).max().orElse(0);
    long cells = (long) texts.size() * columns;
    if (cells > Integer.MAX_VALUE - 8) {
      throw new DataException(
          "encode a batch",
          "at most " + (Integer.MAX_VALUE - 8) + " tokens with padding",
          Long.toString(cells),
          "make the batch smaller or the texts more alike in length");
    }
    long[] ids = new long[(int) cells];
    long[] mask = new long[(int) cells];
    long[] typeIds = new long[(int) cells];
    Arrays.fill(ids, padId);
    for (int row = 0; row < texts.size(); row++) {
      EncodedText text = texts.get(row);
      int gap =
          switch (side) {
            case LEFT -> columns - text.ids().length;
            case RIGHT -> 0;
          };
      int start = row * columns + gap;
      for (int i = 0; i < text.ids().length; i++) {
        ids[start + i] = text.ids()[i];
        mask[start + i] = 1;
        typeIds[start + i] = text.typeIds()[i];
      }
    }
    return new TokenBatch(texts.size(), columns, ids, mask, typeIds);
  }
}
