package deepseek.text.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The bytes that tokens add to a text, by the decoder of a tokenizer.json. */
enum TokenBytes {
  /** GPT-2's: each byte is a printable character. */
  BYTE_LEVEL,
  /** SentencePiece's: ▁ is a space, {@code <0x0A>} is a byte. */
  MARKED_SPACES,
  /** Any other, where a token's text depends on its neighbours. */
  NONE;

  /** GPT-2's bytes by character, -1 for other characters. */
  private static final int[] BYTE_OF_CHARACTER = byteOfCharacter();

  private static int[] byteOfCharacter() {
    int[] table = new int[256 + 68];
    Arrays.fill(table, -1);
    int next = 256;
    for (int octet = 0; octet < 256; octet++) {
      boolean printable =
          (octet >= '!' && octet <= '~')
              || (octet >= 0xA1 && octet <= 0xAC)
              || (octet >= 0xAE && octet <= 0xFF);
      table[printable ? octet : next++] = octet;
    }
    return table;
  }

  static TokenBytes of(Optional<String> decoder) {
    if (decoder.isEmpty()) {
      return NONE;
    }
    // A list, since the decoder may be null.
    byte[] list = ("[" + decoder.get() + "]").getBytes(StandardCharsets.UTF_8);
    JsonNode json = StrictJson.array("read decoder", list).path(0);
    List<String> types = new ArrayList<>();
    boolean spaces = false;
    for (JsonNode step : json.has("decoders") ? json.path("decoders") : List.of(json)) {
      types.add(step.path("type").asText());
      spaces |= step.path("pattern").path("String").asText().equals("▁");
      spaces |= step.path("replacement").asText().equals("▁");
    }
    if (types.equals(List.of("ByteLevel"))) {
      return BYTE_LEVEL;
    }
    types.removeAll(List.of("Replace", "ByteFallback", "Fuse", "Strip", "Metaspace"));
    return spaces && types.isEmpty() ? MARKED_SPACES : NONE;
  }

  byte[] of(String token) {
    return switch (this) {
      case BYTE_LEVEL -> byteLevel(token);
      case MARKED_SPACES ->
          token.matches("<0x[0-9A-Fa-f]{2}>")
              ? new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)}
              : token.replace('▁', ' ').getBytes(StandardCharsets.UTF_8);
      case NONE ->
          throw new DataException(
              "read a token's bytes",
              "byte-level BPE or SentencePiece",
              "a decoder that joins tokens by other rules",
              "use the tokenizer of a language model");
    };
  }

  private static byte[] byteLevel(String token) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      int octet = c < BYTE_OF_CHARACTER.length ? BYTE_OF_CHARACTER[c] : -1;
      if (octet < 0) {
        return token.getBytes(StandardCharsets.UTF_8); // an added token, spelled as it is
      }
      bytes.write(octet);
    }
    return bytes.toByteArray();
  }
}
