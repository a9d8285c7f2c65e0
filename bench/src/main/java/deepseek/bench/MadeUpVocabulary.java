package deepseek.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A byte-level BPE vocabulary of any size that tokenizers take: the bytes, pairs of them, pairs and
 * a byte, each with the merge that makes it, and two special tokens at the end.
 */
record MadeUpVocabulary(List<String> tokens, List<String> merges) {
  private static final int BYTES = 256;
  private static final int PAIRS = BYTES * BYTES;
  private static final List<String> SPECIAL = List.of("<|begin_of_text|>", "<|end_of_text|>");
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;

  static MadeUpVocabulary ofSize(int size) {
    int made = size - BYTES - SPECIAL.size();
    if (made < 0 || made > PAIRS + PAIRS) {
      throw new IllegalArgumentException("a vocabulary of " + size);
    }
    List<String> tokens = new ArrayList<>(spelledBytes());
    List<String> merges = new ArrayList<>();
    for (int i = 0; i < made; i++) {
      // The first 65536 begin with a byte, the others with a pair, which is 256 tokens further on.
      String left = tokens.get(i / BYTES);
      String right = tokens.get(i % BYTES);
      tokens.add(left + right);
      merges.add(left + " " + right);
    }
    tokens.addAll(SPECIAL);
    return new MadeUpVocabulary(
        Collections.unmodifiableList(tokens), Collections.unmodifiableList(merges));
  }

  /** GPT-2's spelling: printable bytes as they are, the others by letters from 256 on. */
  private static List<String> spelledBytes() {
    List<String> spelled = new ArrayList<>();
    int next = BYTES;
    for (int b = 0; b < BYTES; b++) {
      boolean plain = (b > ' ' && b < 127) || (b > 160 && b != 173);
      spelled.add(Character.toString(plain ? b : next++));
    }
    return spelled;
  }

  int begin() {
    return tokens.size() - 2;
  }

  int end() {
    return tokens.size() - 1;
  }

  /** llama.cpp's kinds of the tokens. */
  int[] kinds() {
    return IntStream.range(0, tokens.size()).map(i -> i < begin() ? NORMAL : CONTROL).toArray();
  }
}
