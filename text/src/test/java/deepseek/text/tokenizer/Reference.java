package deepseek.text.tokenizer;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ids of texts in transformers, written by tools/golden/tokenisations.py. */
record Reference(List<Case> cases, List<Pair> pairs) {
  private static final String ROOT = "/golden/tokenizers/";

  /**
   * One text; what is absent equals the field before it.
   *
   * @param plain ids with special tokens in the text as plain text
   */
  record Case(
      String text,
      List<Integer> ids,
      @Nullable List<Integer> prompt,
      @Nullable List<Integer> plain,
      @Nullable String decoded,
      @Nullable String shown) {
    List<Integer> promptIds() {
      return prompt == null ? ids : prompt;
    }

    List<Integer> plainIds() {
      return plain == null ? promptIds() : plain;
    }

    String decodedText() {
      return decoded == null ? text : decoded;
    }

    String shownText() {
      return shown == null ? decodedText() : shown;
    }

    int[] array() {
      return ids.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  record Pair(String first, String second, int limit, List<Integer> ids, List<Integer> types) {}

  static Path folder(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Reference.class.getResource(ROOT + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Reference read(String file) {
    try (InputStream in = Reference.class.getResourceAsStream(ROOT + file)) {
      return new ObjectMapper().readValue(in, new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
