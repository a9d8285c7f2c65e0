package deepseek.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import deepseek.compute.LeakCheck;
import deepseek.models.generate.FinishReason;
import deepseek.models.generate.Generation;
import deepseek.models.generate.GenerationOptions;
import deepseek.models.generate.Sampling;
import deepseek.models.generate.TextAnswer;
import deepseek.text.grammar.Grammar;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A model that babbles, held to JSON schemas: what it writes is valid by another's validator. */
@ExtendWith(LeakCheck.class)
class SchemaAnswersTest {
  /** Random weights with a chat template: tools/warm-up/make.py. */
  private static final String TINY = "../tools/warm-up/tiny.gguf";

  private static final int CONTEXT = 4096;
  private static final int MOST_TOKENS = 3000;
  private static final int AT_ONCE = 16;

  /** Of answers that the number of tokens cut: their schemas allow longer ones than that. */
  private static final double MOST_CUT = 0.02;

  /** JSON that no schema allows. */
  private static final String OTHER = "{\"other\": 1}";

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private CausalLm model;

  private record Asked(ObjectNode schema, TextAnswer answer) {}

  @BeforeEach
  void open() {
    model = AutoModel.causalLm(TINY, ModelOptions.defaults().withContextLength(CONTEXT));
  }

  @AfterEach
  void close() {
    model.close();
  }

  /** What is wrong with a text; nothing where it is valid. */
  private List<String> faults(ObjectNode schema, String text) {
    try {
      STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      return List.of(e.getMessage());
    }
    Schema theirs = registry.getSchema(schema.toString(), InputFormat.JSON);
    return theirs
        .validate(
            text,
            InputFormat.JSON,
            context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
        .stream()
        .map(Object::toString)
        .toList();
  }

  private TextAnswer start(ObjectNode schema, Sampling sampling) {
    GenerationOptions options =
        GenerationOptions.defaults()
            .withMaxNewTokens(MOST_TOKENS)
            .withSampling(sampling)
            .withGrammar(Grammar.ofJsonSchema(schema));
    return model.submit("the sky", options);
  }

  /** Checks every answer that ended; returns how many were cut. */
  private int expectValid(List<Asked> asked) {
    int cut = 0;
    for (Asked one : asked) {
      Generation answer = one.answer.result();
      if (answer.finish() == FinishReason.LENGTH) {
        cut++;
        continue;
      }
      assertThat(faults(one.schema, answer.text()))
          .as("%s by %s", answer.text(), one.schema)
          .isEmpty();
    }
    return cut;
  }

  private void expectAllValid(int count, long seed) {
    RandomSchemas schemas = new RandomSchemas(seed);
    int cut = 0;
    for (int done = 0; done < count; done += AT_ONCE / 2) {
      List<Asked> asked = new ArrayList<>();
      for (int i = done; i < Math.min(count, done + AT_ONCE / 2); i++) {
        ObjectNode schema = schemas.next();
        asked.add(new Asked(schema, start(schema, Sampling.greedy())));
        asked.add(new Asked(schema, start(schema, Sampling.plain().withSeed(seed + i))));
      }
      cut += expectValid(asked);
    }
    System.out.printf("%d answers by %d schemas, %d cut%n", 2 * count, count, cut);
    assertThat(cut).as("answers that were cut").isLessThanOrEqualTo((int) (2 * count * MOST_CUT));
  }

  @Test
  void answersByAHundredSchemasAreValid() {
    expectAllValid(100, 11);
  }

  @Test
  @Tag("soak")
  void answersByAThousandSchemasAreValid() {
    expectAllValid(1000, 12);
  }

  /** Without which the others would tell nothing. */
  @Test
  void answersThatNothingHoldsAreNot() {
    RandomSchemas schemas = new RandomSchemas(13);
    String free =
        model
            .generate("the sky", GenerationOptions.defaults().withMaxNewTokens(50), text -> {})
            .text();
    for (int i = 0; i < 20; i++) {
      ObjectNode schema = schemas.next();
      assertThat(faults(schema, free)).as("%s by %s", free, schema).isNotEmpty();
      assertThat(faults(schema, OTHER)).as("%s by %s", OTHER, schema).isNotEmpty();
    }
  }
}
