package deepseek.text.tokenizer;

/**
 * One encoded text or pair.
 *
 * @param ids token ids
 * @param typeIds 0 for the first text, 1 for the second ({@code token_type_ids}), as long as ids
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared or shared
public record EncodedText(int[] ids, int[] typeIds) {
  public EncodedText {
    if (ids.length != typeIds.length) {
      throw new IllegalArgumentException(ids.length + " ids but " + typeIds.length + " types");
    }
  }
}
