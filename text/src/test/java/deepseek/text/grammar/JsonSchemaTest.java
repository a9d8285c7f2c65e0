package deepseek.text.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaTest {
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Bytes that lead to the end of a value, in order. */
  private static final byte[] ENDING = "\"]}n0Z:,9aA@.-T\\x ".getBytes(StandardCharsets.UTF_8);

  private static JsonNode json(String text) throws IOException {
    return STRICT.readTree(text.replace('\'', '"'));
  }

  /** A text of the grammar: random bytes at first, then those that lead to an end. */
  private static String text(Grammar grammar, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    GrammarState state = grammar.start();
    int free = random.nextInt(120);
    while (!state.canEnd() || (out.size() < free && random.nextInt(4) > 0)) {
      List<Byte> allowed = new ArrayList<>();
      for (int b = 0; b < 256; b++) {
        if (!state.accept((byte) b).isDead()) {
          allowed.add((byte) b);
        }
      }
      if (allowed.isEmpty()) {
        break;
      }
      byte next = allowed.get(random.nextInt(allowed.size()));
      if (out.size() >= free) {
        for (byte ending : ENDING) {
          if (allowed.contains(ending)) {
            next = ending;
            break;
          }
        }
      }
      out.write(next);
      state = state.accept(next);
      assertThat(out.size()).as("bytes of %s", out).isLessThan(20_000);
    }
    assertThat(state.canEnd()).isTrue();
    return out.toString(StandardCharsets.UTF_8);
  }

  private static ObjectNode schema(Random random, int depth) {
    ObjectNode s = JsonNodeFactory.instance.objectNode();
    int low = random.nextInt(5);
    int high = low + random.nextInt(5);
    switch (random.nextInt(depth > 0 ? 16 : 8)) {
      case 0 -> s.put("type", "string");
      case 1 -> s.put("type", "string").put("minLength", low).put("maxLength", high);
      case 2 -> {
        String[] patterns = {"^[A-Z]{2}\\d+$", "a|b|\\]", "^(x\"y|\\\\)+", "^[^a]{1,5}$"};
        s.put("type", "string").put("pattern", patterns[random.nextInt(patterns.length)]);
      }
      case 3 -> {
        String[] formats = {"date", "time", "date-time", "uuid", "email", "ipv4"};
        s.put("type", "string").put("format", formats[random.nextInt(formats.length)]);
      }
      case 4 -> s.putArray("type").add("number").add("null").add("boolean");
      case 5 -> {
        int min = random.nextInt(4000) - 2000;
        s.put("type", "integer").put("minimum", min).put("maximum", min + random.nextInt(3000));
      }
      case 6 -> {
        s.put("type", "integer");
        s.put(
            random.nextBoolean() ? "exclusiveMinimum" : "exclusiveMaximum",
            random.nextInt(200) - 99.5);
      }
      case 7 -> s.putArray("enum").add("a\"b").add(1.5).addNull().add("a").add(true);
      case 8, 9, 10 -> object(s, random, depth);
      case 11 -> {
        s.put("type", "array").set("items", schema(random, depth - 1));
        s.put("minItems", low).put("maxItems", high);
      }
      case 12 -> {
        ArrayNode prefix = s.put("type", "array").putArray("prefixItems");
        for (int i = 0; i < low; i++) {
          prefix.add(schema(random, depth - 1));
        }
        s.put("minItems", random.nextInt(low + 1));
        s.put("items", random.nextBoolean());
      }
      case 13 -> {
        ArrayNode any = s.putArray(random.nextBoolean() ? "anyOf" : "oneOf");
        any.add(schema(random, depth - 1)).add(schema(random, depth - 1));
      }
      case 14 -> {
        s.set("anyOf", JsonNodeFactory.instance.arrayNode().add(node("null")));
        ((ArrayNode) s.get("anyOf"))
            .add(JsonNodeFactory.instance.objectNode().put("$ref", "#/$defs/tree"));
      }
      default -> {
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        object(part, random, depth);
        part.remove("additionalProperties");
        ObjectNode other = JsonNodeFactory.instance.objectNode().put("type", "object");
        other.putObject("properties").put("also", true);
        other.putArray("required").add("also");
        s.put("description", "both").putArray("allOf").add(part).add(other);
      }
    }
    if (random.nextInt(10) == 0) {
      s.put("nullable", true);
    }
    return s;
  }

  private static ObjectNode node(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  private static void object(ObjectNode s, Random random, int depth) {
    ObjectNode properties = s.put("type", "object").putObject("properties");
    ArrayNode required = s.putArray("required");
    for (String name : List.of("a", "ab", "größe \"x\"", "b/c~d")) {
      if (random.nextBoolean()) {
        properties.set(name, schema(random, depth - 1));
        if (random.nextBoolean()) {
          required.add(name);
        }
      }
    }
    switch (random.nextInt(3)) {
      case 0 -> s.put("additionalProperties", false);
      case 1 -> s.set("additionalProperties", node("integer"));
      default -> {}
    }
  }

  @Test
  void randomTextsAreValid() throws IOException {
    Random random = new Random(3);
    ObjectNode tree =
        (ObjectNode)
            json(
                "{'type':'object','properties':{'v':{'type':'integer'},"
                    + "'kids':{'type':'array','items':{'$ref':'#/$defs/tree'}}},'required':['v','kids']}");
    for (int i = 0; i < 300; i++) {
      ObjectNode schema = schema(random, 3);
      schema.putObject("$defs").set("tree", tree);
      Grammar grammar = Grammar.ofJsonSchema(schema);
      Validator validator = new Validator(STRICT.readTree(schema.toString()));
      for (int j = 0; j < 8; j++) {
        String text = text(grammar, random);
        JsonNode value = STRICT.readTree(text);
        assertThat(validator.valid(validator.root(), value)).as("%s by %s", text, schema).isTrue();
      }
    }
  }

  @Test
  void patternsMatchAnywhere() throws IOException {
    Grammar grammar = Grammar.ofJsonSchema(json("{'type':'string','pattern':'\\\\.é|x$'}"));
    assertThat(grammar.matches("\"a\\n.éb\\\"\"")).isTrue();
    assertThat(grammar.matches("\"a.x\"")).isTrue();
    assertThat(grammar.matches("\"a.xy\"")).isFalse();
  }

  @Test
  void anyObjectParses() throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < 100; i++) {
      assertThat(STRICT.readTree(text(Grammar.json(), random)).isObject()).isTrue();
    }
    assertThat(
            Grammar.json().matches("{\n  \"a\": [1, {\"b\":null}],\n  \"c\":\"\\ud83d\\ude00\"\n}"))
        .isTrue();
    assertThat(Grammar.json().matches("{\"a\":\"\\ud83d\"}")).isFalse();
    assertThat(Grammar.json().matches("{  }")).isFalse();
    assertThat(Grammar.json().matches("[]")).isFalse();
  }

  @Test
  void closedObjectsHaveEachNameOnce() throws IOException {
    Grammar grammar =
        Grammar.ofJsonSchema(
            json("{'properties':{'a':{},'b':{'type':'null'}},'additionalProperties':false}"));
    assertThat(grammar.matches("{\"a\":1,\"b\":null}")).isTrue();
    assertThat(grammar.matches("{\"b\":null}")).isTrue();
    assertThat(grammar.matches("{}")).isTrue();
    assertThat(grammar.matches("{\"b\":null,\"b\":null}")).isFalse();
    assertThat(grammar.matches("{\"a\":1,}")).isFalse();
    assertThat(grammar.matches("{\"c\":1}")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-1, 1",
    "0, 9",
    "10, 99",
    "7, 1234",
    "-1234, -7",
    "-105, 42",
    "99, 101",
    "1000, 1999",
    "5, 5"
  })
  void integersAreExactlyThoseOfTheRange(long min, long max) throws IOException {
    Grammar grammar =
        Grammar.ofJsonSchema(
            json("{'type':'integer','minimum':" + min + ",'maximum':" + max + "}"));
    for (long i = -2500; i <= 2500; i++) {
      assertThat(grammar.matches("" + i)).as("%d", i).isEqualTo(min <= i && i <= max);
    }
    assertThat(grammar.matches("-0")).isFalse();
    assertThat(grammar.matches("01")).isFalse();
  }

  @Test
  void onlyOneBound() throws IOException {
    Grammar above =
        Grammar.ofJsonSchema(json("{'type':'integer','exclusiveMinimum':123456789012345678}"));
    assertThat(above.matches("123456789012345678")).isFalse();
    assertThat(above.matches("123456789012345679")).isTrue();
    Grammar below = Grammar.ofJsonSchema(json("{'type':'integer','maximum':-1.5}"));
    assertThat(below.matches("-1")).isFalse();
    assertThat(below.matches("-2")).isTrue();
    assertThat(below.matches("-9999999999999999")).isTrue();
  }

  @Test
  void largeEnumsAreOneTree() throws IOException {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    ArrayNode values = schema.putArray("enum");
    for (int i = 0; i < 20_000; i++) {
      values.add("value number " + i);
    }
    Grammar grammar = Grammar.ofJsonSchema(schema);
    assertThat(grammar.start().items()).hasSize(1);
    assertThat(grammar.matches("\"value number 12345\"")).isTrue();
    assertThat(grammar.matches("\"value number 20000\"")).isFalse();
  }

  @Test
  void deepSchemasAreRefused() {
    JsonNode schema = node("string");
    for (int i = 0; i < 5_000; i++) {
      schema = node("array").set("items", schema);
    }
    JsonNode deep = schema;
    assertThatThrownBy(() -> Grammar.ofJsonSchema(deep))
        .hasMessageContaining("nested at most 100 deep");
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "{'type':'object','patternProperties':{}} | supported keywords at #, got 'patternProperties'",
        "{'properties':{'a':{'not':{}}}} | supported keywords at #/properties/a, got 'not'",
        "{'type':'array','uniqueItems':true} | 'uniqueItems'",
        "{'type':'number','minimum':1} | no minimum of a number",
        "{'type':'integer','multipleOf':3} | 'multipleOf'",
        "{'type':'integer','minimum':3,'maximum':2} | at least 3 and at most 2",
        "{'type':'integer','minimum':1e300} | 40 digits",
        "{'type':'integer','minimum':'1'} | a number",
        "{'type':'text'} | a type of JSON schema",
        "{'type':[]} | an empty list of types",
        "{'type':'string','format':'color'} | a format of",
        "{'type':'string','minLength':3,'maxLength':2} | minLength above maxLength",
        "{'type':'string','minLength':3,'pattern':'a'} | one of lengths, pattern and format",
        "{'type':'string','pattern':'(?=a)'} | a pattern of the supported kind at #",
        "{'type':'string','maxLength':-1} | a whole number",
        "{'type':'string','maxLength':1.5} | a whole number",
        "{'allOf':[{'uniqueItems':false},{'uniqueItems':true}]} | 'uniqueItems'",
        "{'enum':[]} | no value of enum",
        "{'type':'string','enum':[1]} | no value of enum",
        "{'enum':['a'],'minLength':1} | no minLength next to enum",
        "{'anyOf':[]} | an empty anyOf",
        "false | false",
        "3 | an object at #",
        "{'$ref':'#/$defs/none'} | a $ref to a schema of this document",
        "{'$ref':'http://example.org/schema'} | a $ref to a schema of this document",
        "{'$ref':'#'} | always needs itself",
        "{'anyOf':[{'$ref':'#'},{'type':'null'}]} | left-recursive",
        "{'allOf':[{'$ref':'#'}]} | endless",
        "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} | always needs itself",
        "{'required':['a'],'additionalProperties':false} | the required property 'a' forbidden",
        "{'type':'array','items':false,'minItems':1} | at least 1 and at most 0 items",
        "{'type':'array','items':[{}]} | prefixItems for a tuple",
        "{'allOf':[{'type':'string'},{'type':'null'}]} | types",
        "{'allOf':[{'pattern':'a'},{'pattern':'b'}]} | one pattern",
        "{'allOf':[{'properties':{'a':{}},'additionalProperties':false},{'properties':{'b':{}}}]} | also [b]",
        "{'allOf':[{'items':{}},{'prefixItems':[{}]}]} | items next to prefixItems",
      },
      delimiter = '|',
      quoteCharacter = '`')
  void whatIsNotSupportedIsNamed(String schema, String message) throws IOException {
    JsonNode node = json(schema);
    assertThatThrownBy(() -> Grammar.ofJsonSchema(node))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @Test
  void partsThatAllHoldAreMerged() throws IOException {
    Grammar grammar =
        Grammar.ofJsonSchema(
            json(
                "{'$defs':{'n':{'type':'number'}},'type':'object','additionalProperties':false,"
                    + "'properties':{'a':{'allOf':[{'$ref':'#/$defs/n'},{'type':'integer','maximum':5}]},"
                    + "'b':{'$ref':'#/$defs/n','title':'B'}},'anyOf':[{'required':['a']},{'required':['b']}]}"));
    assertThat(grammar.matches("{\"a\":5}")).isTrue();
    assertThat(grammar.matches("{\"a\":6}")).isFalse();
    assertThat(grammar.matches("{\"b\":6.5}")).isTrue();
    assertThat(grammar.matches("{}")).isFalse();
  }
}
