package deepseek.text.tokenizer;

import deepseek.text.tokenizer.TokenizerGuard.Refusal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The layout of SentencePiece's {@code precompiled_charsmap}: a 32-bit length, a double-array trie
 * over UTF-8 bytes of that length, and the zero-terminated strings that its leaves point to.
 */
final class CharsMap {
  /** The highest bit marks a leaf, whose value is an offset into the strings. */
  private static final int LEAF = 1 << 31;

  private CharsMap() {}

  /** Throws if a lookup could leave the bounds of the trie or of the strings. */
  static void check(String base64) throws Refusal {
    ByteBuffer map;
    try {
      map = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IllegalArgumentException e) {
      throw broken();
    }
    long trieBytes = map.remaining() < 4 ? -1 : Integer.toUnsignedLong(map.getInt());
    if (trieBytes < 4 || trieBytes % 4 != 0 || trieBytes > map.remaining()) {
      throw broken();
    }
    int[] trie = new int[(int) trieBytes / 4];
    map.asIntBuffer().get(trie);
    byte[] texts = new byte[map.remaining() - (int) trieBytes];
    map.position(map.position() + (int) trieBytes).get(texts);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
    } catch (CharacterCodingException e) {
      throw broken();
    }
    for (int i = 0; i < trie.length; i++) {
      if ((trie[i] & LEAF) == 0) {
        checkNode(trie, i, texts);
      }
    }
  }

  /** The length of the longest replacement. */
  static int longest(String base64) {
    byte[] map = Base64.getDecoder().decode(base64);
    int longest = 0;
    int start = 4 + ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN).getInt();
    for (int i = start; i < map.length; i++) {
      longest = Math.max(longest, i + 1 - start);
      start = map[i] == 0 ? i + 1 : start;
    }
    return longest;
  }

  /** Children are at {@code base ^ byte}, the leaf at the base itself. */
  private static void checkNode(int[] trie, int at, byte[] texts) throws Refusal {
    int unit = trie[at];
    int offset = (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    long base = Integer.toUnsignedLong(at ^ offset);
    boolean hasLeaf = (unit >>> 8 & 1) == 1;
    if ((base | 0xFF) >= trie.length || (hasLeaf && !pointsAtText(trie[(int) base], texts))) {
      throw broken();
    }
  }

  private static boolean pointsAtText(int leaf, byte[] texts) {
    int start = leaf & ~LEAF;
    return start < texts.length && (texts[start] & 0xC0) != 0x80;
  }

  private static Refusal broken() {
    return new Refusal("a damaged precompiled_charsmap");
  }
}
