package deepseek.text.jinja;

import com.code_intelligence.jazzer.junit.FuzzTest;
import deepseek.files.DataException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Any text is a template that renders within its limits, or a DataException: docs/fuzzing.md. */
class JinjaFuzzTest {
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final Limits LIMITS = new Limits(100_000, 1_000_000, 300);
  private static final Map<String, Object> VARIABLES =
      Map.of(
          "messages",
          List.of(
              Map.of("role", "system", "content", "Be brief."),
              Map.of(
                  "role",
                  "user",
                  "content",
                  new Given(List.of(Map.of("type", "text", "text", "é😀 x-y")))),
              Map.of(
                  "role", "assistant", "content", "<think>x</think> 42", "tool_calls", List.of())),
          "tools",
          new Given(
              List.of(Map.of("function", Map.of("name", "f", "parameters", Map.of("x", 1.5))))),
          "add_generation_prompt",
          true,
          "bos_token",
          "<s>");

  @FuzzTest(maxDuration = "60s")
  void render(byte[] data) {
    try {
      JinjaTemplate template = JinjaTemplate.parse(new String(data, StandardCharsets.UTF_8));
      Rendered rendered = template.render(VARIABLES, CLOCK, LIMITS);
      int length = rendered.text().length();
      if (length > LIMITS.chars()) {
        throw new AssertionError("a longer text than the limits allow: " + length);
      }
      int last = -1;
      for (Rendered.Span span : rendered.given()) {
        if (span.from() <= last || span.to() <= span.from() || span.to() > length) {
          throw new AssertionError("given stretches that overlap or lie outside: " + span);
        }
        last = span.to();
      }
    } catch (DataException expected) {
      if (String.valueOf(expected.getMessage()).contains("\n")) {
        throw new AssertionError("more than one line", expected);
      }
    }
  }
}
