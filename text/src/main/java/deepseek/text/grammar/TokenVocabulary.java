package deepseek.text.grammar;

import deepseek.files.DataException;
import deepseek.text.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The bytes of a model's tokens, as a tree by their first bytes; immutable and thread-safe. Create
 * one per model: it is used by all its grammars.
 *
 * <p>The nodes are numbered depth-first, so that a node's subtree is the range that follows it.
 */
public final class TokenVocabulary {
  private final byte[][] tokens;
  private final int[] endIds;
  private final int longest;

  /** By node: the last byte, the number of bytes, the end of the subtree, the first of its ids. */
  private final byte[] last;

  private final int[] depth;
  private final int[] end;
  private final int[] firstId;

  /** Ids by node. */
  private final int[] ids;

  private TokenVocabulary(byte[][] tokens, int[] endIds) {
    this.tokens = tokens;
    this.endIds = endIds;
    this.ids =
        IntStream.range(0, tokens.length)
            .filter(id -> tokens[id].length > 0)
            .boxed()
            .sorted(Comparator.comparing(id -> tokens[id], Arrays::compareUnsigned))
            .mapToInt(Integer::intValue)
            .toArray();
    int nodes = 1;
    byte[] before = {};
    int most = 0;
    for (int id : ids) {
      nodes += tokens[id].length - common(before, tokens[id]);
      before = tokens[id];
      most = Math.max(most, before.length);
    }
    this.longest = most;
    this.last = new byte[nodes];
    this.depth = new int[nodes];
    this.end = new int[nodes];
    this.firstId = new int[nodes + 1];
    build();
  }

  private void build() {
    int[] path = new int[longest + 1];
    int node = 0;
    byte[] before = {};
    for (int i = 0; i < ids.length; i++) {
      byte[] token = tokens[ids[i]];
      int common = common(before, token);
      for (int d = common + 1; d <= before.length; d++) {
        end[path[d]] = node + 1;
      }
      for (int d = common + 1; d <= token.length; d++) {
        path[d] = ++node;
        last[node] = token[d - 1];
        depth[node] = d;
        firstId[node] = i;
      }
      before = token;
    }
    for (int d = 0; d <= before.length; d++) {
      end[path[d]] = node + 1;
    }
    firstId[node + 1] = ids.length;
  }

  private static int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** The tokens of a tokenizer, with the end tokens that it names. */
  public static TokenVocabulary of(Tokenizer tokenizer) {
    return of(tokenizer, tokenizer.eosIds());
  }

  /**
   * The tokens of a tokenizer.
   *
   * @param endIds the tokens that end an answer
   * @throws DataException if the tokens have no bytes of their own, as those of WordPiece, or an
   *     end token isn't in the vocabulary
   */
  public static TokenVocabulary of(Tokenizer tokenizer, Set<Integer> endIds) {
    byte[][] tokens = new byte[tokenizer.vocabSize()][];
    for (int id = 0; id < tokens.length; id++) {
      tokens[id] = endIds.contains(id) ? new byte[0] : tokenizer.tokenBytes(id);
    }
    return of(List.of(tokens), endIds);
  }

  /**
   * Any vocabulary.
   *
   * @param tokens the bytes by id; empty for special tokens and ids without a token
   * @param endIds the tokens that end an answer
   */
  public static TokenVocabulary of(List<byte[]> tokens, Set<Integer> endIds) {
    for (int id : endIds) {
      if (id < 0 || id >= tokens.size()) {
        throw new DataException(
            "read vocabulary",
            "end tokens below " + tokens.size(),
            id + "",
            "check that the tokenizer belongs to this model");
      }
    }
    return new TokenVocabulary(
        tokens.stream().map(byte[]::clone).toArray(byte[][]::new),
        endIds.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The number of ids. */
  public int size() {
    return tokens.length;
  }

  byte[] bytes(int id) {
    return tokens[id];
  }

  int[] endIds() {
    return endIds;
  }

  boolean isEnd(int id) {
    return Arrays.stream(endIds).anyMatch(end -> end == id);
  }

  /** The number of bytes of the longest token. */
  int longest() {
    return longest;
  }

  byte last(int node) {
    return last[node];
  }

  int depth(int node) {
    return depth[node];
  }

  /** One more than the last node of the subtree. */
  int end(int node) {
    return end[node];
  }

  /** Sets the bits of the tokens whose bytes lead to the node. */
  void mark(int node, long[] words) {
    for (int i = firstId[node]; i < firstId[node + 1]; i++) {
      words[ids[i] >> 6] |= 1L << ids[i];
    }
  }
}
