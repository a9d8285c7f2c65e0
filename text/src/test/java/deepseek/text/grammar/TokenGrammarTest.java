package deepseek.text.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.files.DataException;
import deepseek.text.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenGrammarTest {
  private static final Path TOKENIZERS = Path.of("src/test/resources/golden/tokenizers");

  private static Tokenizer open(String name) {
    return Tokenizer.open(TOKENIZERS.resolve(name));
  }

  private static List<Grammar> grammars() throws IOException {
    String schema =
        """
        {"type":"object","properties":{
          "name":{"type":"string","minLength":2,"maxLength":40},
          "tags":{"type":"array","items":{"enum":["red","green","blue","red hot"]},"maxItems":5},
          "age":{"type":"integer","minimum":-5,"maximum":12345},
          "when":{"type":"string","format":"date-time"},
          "next":{"$ref":"#"}},
         "required":["name","age"],"additionalProperties":{"type":["number","null"]}}
        """;
    return List.of(
        Grammar.json(),
        Grammar.ofJsonSchema(new ObjectMapper().readTree(schema)),
        Grammar.ofRegex("(\\w+ ?){1,20}[.!?]"),
        Grammar.ofRegex("((a|b|the ){2,4}|[^x]{0,30}){1,5}x"),
        Grammar.ofGbnf("root ::= \"a\" root \"b\" | \"t\" root \" \" | [a-zé中 ]"),
        Grammar.ofGbnf("root ::= (x x? x?)*\nx ::= [a-z] y?\ny ::= [a-z] | x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm", "spm", "unigram"})
  void masksAllowWhatTheGrammarAcceptsByteByByte(String name) throws IOException {
    Random random = new Random(7);
    try (Tokenizer tokenizer = open(name)) {
      TokenVocabulary vocabulary = TokenVocabulary.of(tokenizer);
      for (Grammar grammar : grammars()) {
        TokenGrammar tokens = new TokenGrammar(grammar, vocabulary);
        for (int walk = 0; walk < 4; walk++) {
          GrammarState state = tokens.start();
          for (int step = 0; step < 40; step++) {
            TokenMask mask = tokens.mask(state);
            assertThat(mask.ids().toArray()).isEqualTo(bruteForce(tokenizer, state));
            int[] ids = mask.ids().filter(id -> !tokenizer.eosIds().contains(id)).toArray();
            if (ids.length == 0) {
              break;
            }
            state = tokens.accept(state, ids[random.nextInt(ids.length)]);
            assertThat(state.isDead()).isFalse();
          }
        }
      }
    }
  }

  private static int[] bruteForce(Tokenizer tokenizer, GrammarState state) {
    List<Integer> allowed = new ArrayList<>();
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      byte[] bytes = tokenizer.tokenBytes(id);
      boolean continues = bytes.length > 0 && !state.accept(bytes).isDead();
      if (tokenizer.eosIds().contains(id) ? state.canEnd() : continues) {
        allowed.add(id);
      }
    }
    return allowed.stream().mapToInt(Integer::intValue).toArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "smollm",
        "llama3",
        "qwen2",
        "deepseek3",
        "spm",
        "spm-llama",
        "spm-gemma",
        "unigram"
      })
  void bytesOfTokensAreTheirText(String name) {
    try (Tokenizer tokenizer = open(name)) {
      String text = "{\"größe\": [1, 2.5],\n \"text\": \"Why? 中文 😀 naïve\"}";
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      int[] ids = tokenizer.encodePlain(text);
      for (int id : ids) {
        bytes.writeBytes(tokenizer.tokenBytes(id));
      }
      String joined = bytes.toString(StandardCharsets.UTF_8);
      assertThat(joined.startsWith(" ") ? joined.substring(1) : joined)
          .isEqualTo(tokenizer.decode(ids));
      int first = tokenizer.eosIds().getFirst();
      assertThat(tokenizer.tokenBytes(first)).isEmpty();
    }
  }

  @Test
  void wordPiecesHaveNoBytes() {
    try (Tokenizer tokenizer = open("wordpiece")) {
      assertThatThrownBy(() -> TokenVocabulary.of(tokenizer))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("byte-level BPE or SentencePiece");
    }
  }

  private static TokenVocabulary vocabulary(String... tokens) {
    List<byte[]> bytes = new ArrayList<>();
    for (String token : tokens) {
      bytes.add(token.getBytes(StandardCharsets.ISO_8859_1));
    }
    return TokenVocabulary.of(bytes, Set.of(tokens.length - 1));
  }

  @Test
  void tokensMayHavePartOfACharacter() {
    // é is C3 A9.
    TokenVocabulary vocabulary = vocabulary("a\u00C3", "\u00A9", "\u00A9b", "\u00A8", "a", "");
    TokenGrammar tokens = new TokenGrammar(Grammar.ofRegex("aé"), vocabulary);
    assertThat(tokens.mask(tokens.start()).ids()).containsExactly(0, 4);
    GrammarState half = tokens.accept(tokens.start(), 0);
    assertThat(tokens.mask(half).ids()).containsExactly(1);
    GrammarState whole = tokens.accept(half, 1);
    assertThat(tokens.mask(whole).ids()).containsExactly(5);
    assertThat(tokens.accept(whole, 5)).isEqualTo(whole);
    assertThat(tokens.accept(half, 5).isDead()).isTrue();
    assertThat(tokens.accept(half, 3).isDead()).isTrue();
    assertThat(tokens.mask(tokens.accept(half, 3)).isEmpty()).isTrue();
  }

  @Test
  void aMaskRemovesOtherLogits() {
    TokenGrammar tokens = new TokenGrammar(Grammar.ofRegex("a+"), vocabulary("b", "a", "aa", ""));
    float[] logits = {1, 2, 3, 4, 5};
    TokenMask mask = tokens.mask(tokens.start());
    mask.apply(logits);
    float none = Float.NEGATIVE_INFINITY;
    assertThat(logits).containsExactly(none, 2, 3, none, none);
    assertThat(mask.count()).isEqualTo(2);
    assertThat(mask.allows(1)).isTrue();
    assertThat(mask.allows(0)).isFalse();
    assertThat(mask.allows(-1)).isFalse();
    assertThat(mask.allows(1000)).isFalse();
  }

  @Test
  void idsBelongToTheVocabulary() {
    TokenGrammar tokens = new TokenGrammar(Grammar.json(), vocabulary("{", ""));
    assertThatThrownBy(() -> tokens.accept(tokens.start(), 2)).hasMessageContaining("below 2");
    assertThatThrownBy(() -> TokenVocabulary.of(List.of(new byte[1]), Set.of(1)))
        .hasMessageContaining("end tokens below 1");
  }
}
