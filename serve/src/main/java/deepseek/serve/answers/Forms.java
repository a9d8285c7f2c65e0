package deepseek.serve.answers;

import com.fasterxml.jackson.databind.JsonNode;
import deepseek.files.DataException;
import deepseek.serve.http.ApiException;
import deepseek.serve.http.Fields;
import deepseek.text.grammar.Grammar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The grammars that requests ask for. The last ones are kept, since to compile one takes longer
 * than to write a token, and clients send the same ones again.
 */
public final class Forms {
  private static final int MOST = 64;
  private static final List<String> OPENAI = List.of("text", "json_object", "json_schema");

  private final Map<String, Grammar> known = new LinkedHashMap<>(16, 0.75f, true);

  /** Makes nothing yet. */
  public Forms() {}

  /**
   * What {@code response_format}, {@code grammar}, {@code guided_grammar}, {@code guided_regex},
   * {@code regex}, {@code guided_json} or {@code guided_choice} say, of which there may be one.
   */
  public Optional<Grammar> read(Fields body) {
    Optional<Grammar> found = Optional.empty();
    String first = "";
    for (String name :
        List.of(
            "response_format",
            "grammar",
            "guided_grammar",
            "guided_regex",
            "regex",
            "guided_json",
            "guided_choice")) {
      Optional<Grammar> grammar = body.has(name) ? read(body, name) : Optional.empty();
      if (grammar.isPresent() && found.isPresent()) {
        throw body.refused(name, "one form of the answer", first + " besides");
      }
      if (grammar.isPresent()) {
        found = grammar;
        first = name;
      }
    }
    return found;
  }

  private Optional<Grammar> read(Fields body, String name) {
    return switch (name) {
      case "response_format" -> ofFormat(body.requiredObject(name), "json_schema");
      case "grammar", "guided_grammar" -> {
        String text = body.text(name);
        yield Optional.of(of(body.path(name), "gbnf:" + text, () -> Grammar.ofGbnf(text)));
      }
      case "guided_regex", "regex" -> {
        String text = body.text(name);
        yield Optional.of(of(body.path(name), "regex:" + text, () -> Grammar.ofRegex(text)));
      }
      case "guided_choice" -> Optional.of(ofChoice(body.path(name), body.texts(name, 1000)));
      default -> Optional.of(ofSchema(body.path(name), body.requiredObject(name).json()));
    };
  }

  /**
   * A format as OpenAI's APIs have it.
   *
   * @param nested the field that holds the schema's object; empty where the schema stands beside
   *     the type
   */
  public Optional<Grammar> ofFormat(Fields format, String nested) {
    String type = format.word("type", OPENAI).orElseThrow(() -> format.missing("type", "a type"));
    return switch (type) {
      case "json_object" -> Optional.of(anyObject());
      case "json_schema" -> {
        Fields holder = nested.isEmpty() ? format : format.requiredObject(nested);
        Fields schema = holder.requiredObject("schema");
        yield Optional.of(ofSchema(holder.path("schema"), schema.json()));
      }
      default -> Optional.empty();
    };
  }

  /** Any JSON object. */
  public Grammar anyObject() {
    return of("response_format", "json", Grammar::json);
  }

  /** JSON that is valid by the schema, which stands at {@code path}. */
  public Grammar ofSchema(String path, JsonNode schema) {
    return of(path, "schema:" + schema, () -> Grammar.ofJsonSchema(schema));
  }

  /** One of a few texts. */
  private Grammar ofChoice(String path, List<String> texts) {
    if (texts.isEmpty()) {
      throw ApiException.ofField(path, "at least one text", "none", "leave the field out");
    }
    StringBuilder rule = new StringBuilder("root ::= ");
    for (int i = 0; i < texts.size(); i++) {
      rule.append(i == 0 ? "" : " | ").append(quoted(texts.get(i)));
    }
    return of(path, "gbnf:" + rule, () -> Grammar.ofGbnf(rule.toString()));
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '"', '\\' -> out.append('\\').append((char) c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append((char) c);
              }
            });
    return out.append('"').toString();
  }

  private Grammar of(String path, String key, Supplier<Grammar> compile) {
    synchronized (known) {
      Grammar grammar = known.get(key);
      if (grammar != null) {
        return grammar;
      }
    }
    Grammar made;
    try {
      made = compile.get();
    } catch (DataException e) {
      throw ApiException.ofField(
              path, "a grammar that can be followed", e.getMessage() + "", "simplify it")
          .withCode("invalid_grammar")
          .withCause(e);
    }
    synchronized (known) {
      known.put(key, made);
      if (known.size() > MOST) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return made;
  }
}
