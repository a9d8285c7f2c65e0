package deepseek.text.chat;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.text.chat.AnswerParser.Expected;
import deepseek.text.chat.AnswerParser.Reasoning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each text is read in pieces of every length, which must not change what is found. */
class AnswerParserTest {
  private static final Set<String> TOOLS = Set.of("weather", "time");

  /** What an answer came to: {@code r:...}, {@code c:...} and {@code name(arguments)}. */
  private static String read(Expected expected, String text) {
    List<String> found = new ArrayList<>();
    for (int length = 1; length <= text.length(); length++) {
      found.add(read(expected, text, length));
    }
    assertThat(found).as("pieces of every length").containsOnly(found.getLast());
    return found.getLast();
  }

  private static String read(Expected expected, String text, int length) {
    AtomicInteger ids = new AtomicInteger();
    AnswerParser parser = new AnswerParser(expected, () -> "id" + ids.getAndIncrement());
    List<Delta> all = new ArrayList<>();
    for (int from = 0; from < text.length(); from += length) {
      all.addAll(parser.push(text.substring(from, Math.min(text.length(), from + length))));
    }
    all.addAll(parser.finish());
    return summary(all);
  }

  private static String summary(List<Delta> all) {
    StringBuilder out = new StringBuilder();
    Class<?> last = Object.class;
    for (Delta delta : all) {
      switch (delta) {
        case Delta.Reasoning(String text) -> out.append(prefix(last, delta, "r:")).append(text);
        case Delta.Content(String text) -> out.append(prefix(last, delta, "c:")).append(text);
        case Delta.CallBegin(int index, String id, String name) -> {
          assertThat(id).isEqualTo("id" + index);
          out.append("|").append(name).append(":");
        }
        case Delta.CallArguments(int index, String json) -> out.append(json);
      }
      last = delta.getClass();
    }
    return out.toString();
  }

  private static String prefix(Class<?> last, Delta delta, String name) {
    return last == delta.getClass() ? "" : "|" + name;
  }

  private static Expected with(ToolFormat format) {
    return new Expected(Reasoning.NONE, Optional.of(format), TOOLS, 9, false);
  }

  private static Expected reasoning(Reasoning reasoning) {
    return new Expected(reasoning, Optional.empty(), Set.of(), 0, false);
  }

  @Test
  void textStaysText() {
    assertThat(read(Expected.TEXT, "a <think>b</think> <tool_call>"))
        .isEqualTo("|c:a <think>b</think> <tool_call>");
    assertThat(read(with(ToolFormat.HERMES), " a < b and <tool\n"))
        .isEqualTo("|c: a < b and <tool\n");
  }

  @Test
  void reasoningIsTakenFromTheBeginning() {
    String text = "\n<think>\nWhy? 1 < 2\n\n</think>\n\nBecause </think>";
    assertThat(read(reasoning(Reasoning.TAGGED), text))
        .isEqualTo("|r:Why? 1 < 2|c:Because </think>");
    assertThat(read(reasoning(Reasoning.TAGGED), "No <think>x</think>"))
        .isEqualTo("|c:No <think>x</think>");
    assertThat(read(reasoning(Reasoning.TAGGED), "<think>\n\n</think>\n\nYes")).isEqualTo("|c:Yes");
  }

  @Test
  void reasoningMayBeOpenFromThePrompt() {
    assertThat(read(reasoning(Reasoning.OPENED), "\nSo\n</think>Yes")).isEqualTo("|r:So|c:Yes");
    assertThat(read(reasoning(Reasoning.OPENED), "cut off </th")).isEqualTo("|r:cut off </th");
  }

  @Test
  void hermesCallsFollowText() {
    String text =
        "Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"R\\\"}o\"}}\n</tool_call>\n"
            + "<tool_call>{\"arguments\": {}, \"name\": \"time\"}</tool_call>";
    assertThat(read(with(ToolFormat.HERMES), text))
        .isEqualTo("|c:Let me see.|weather:{\"city\": \"R\\\"}o\"}|time:{}");
  }

  @Test
  void callsBeyondTheMostAreLeftOut() {
    Expected one = new Expected(Reasoning.NONE, Optional.of(ToolFormat.HERMES), TOOLS, 1, false);
    String call = "<tool_call>{\"name\": \"%s\", \"arguments\": {}}</tool_call>";
    assertThat(read(one, call.formatted("time") + call.formatted("weather"))).isEqualTo("|time:{}");
  }

  @Test
  void smolCallsStandInAList() {
    String text =
        "<tool_call>[{\"name\":\"weather\",\"arguments\":{\"a\":[1,{}]}}, {\"name\":\"time\",\"arguments\":null}]</tool_call>";
    assertThat(read(with(ToolFormat.HERMES), text)).isEqualTo("|weather:{\"a\":[1,{}]}|time:{}");
  }

  @Test
  void argumentsMayBeATextOfJson() {
    String text = "<tool_call>{\"name\": \"time\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>";
    assertThat(read(with(ToolFormat.HERMES), text)).isEqualTo("|time:{\"a\": 1}");
  }

  @Test
  void mistralWritesAListOrNames() {
    assertThat(
            read(
                with(ToolFormat.MISTRAL),
                "[TOOL_CALLS] [{\"name\": \"time\", \"arguments\": {\"z\": 2}}, {\"name\": \"weather\", \"arguments\": {}}]"))
        .isEqualTo("|time:{\"z\": 2}|weather:{}");
    assertThat(
            read(
                with(ToolFormat.MISTRAL),
                "ok[TOOL_CALLS]time[ARGS]{\"z\": 2}[TOOL_CALLS]weather[CALL_ID]ab1[ARGS]{}"))
        .isEqualTo("|c:ok|time:{\"z\": 2}|weather:{}");
  }

  @Test
  void llamaWritesBareJson() {
    assertThat(
            read(
                with(ToolFormat.LLAMA3),
                "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rom\"}}; {\"name\": \"time\", \"parameters\": {}}"))
        .isEqualTo("|weather:{\"city\": \"Rom\"}|time:{}");
    assertThat(
            read(with(ToolFormat.LLAMA3), "<|python_tag|>{\"name\": \"time\", \"parameters\": {}}"))
        .isEqualTo("|time:{}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\": \"Ada\", \"parameters\": {}} and more",
        "{\"a\": 1} b",
        "{ not json",
        "say {\"name\": \"time\", \"parameters\": {}}"
      })
  void otherJsonIsText(String text) {
    assertThat(read(with(ToolFormat.LLAMA3), text)).isEqualTo("|c:" + text);
  }

  @Test
  void deepseekWritesBothWays() {
    String v3 =
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"city\": \"Rom\"}\n```<｜tool▁call▁end｜>\n"
            + "<｜tool▁call▁begin｜>function<｜tool▁sep｜>time\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    assertThat(read(with(ToolFormat.DEEPSEEK), v3))
        .isEqualTo("|weather:{\"city\": \"Rom\"}|time:{}");
    String v31 =
        "Yes<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": \"Rom\"}<｜tool▁call▁end｜>"
            + "<｜tool▁call▁begin｜>time<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>";
    assertThat(read(with(ToolFormat.DEEPSEEK), v31))
        .isEqualTo("|c:Yes|weather:{\"city\": \"Rom\"}|time:{}");
  }

  @Test
  void argumentsThatAreCutOffArePassedOn() {
    assertThat(
            read(
                with(ToolFormat.HERMES),
                "<tool_call>{\"name\": \"time\", \"arguments\": {\"a\": [1"))
        .isEqualTo("|time:{\"a\": [1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '%',
      value = {
        "<tool_call>nothing",
        "<tool_call>{\"name",
        "<tool_call>{\"name\": 5} x</tool_call>"
      })
  void whatIsNoCallIsText(String text) {
    assertThat(read(with(ToolFormat.HERMES), text)).isEqualTo("|c:" + text);
  }

  @Test
  void reasoningMayPrecedeCalls() {
    Expected both = new Expected(Reasoning.TAGGED, Optional.of(ToolFormat.HERMES), TOOLS, 9, false);
    assertThat(read(both, "<think>hm</think>\n<tool_call>{\"name\": \"time\", \"arguments\": {}}"))
        .isEqualTo("|r:hm|time:{}");
  }

  @Test
  void aCallAloneNeedsNoMarker() {
    Expected alone = new Expected(Reasoning.NONE, Optional.empty(), TOOLS, 1, true);
    assertThat(read(alone, "{\"name\": \"time\", \"arguments\": {\"a\": \"\\\\\"}}"))
        .isEqualTo("|time:{\"a\": \"\\\\\"}");
  }

  @Test
  void formatsAreToldByTheTemplate() {
    assertThat(ToolFormat.of("{{ '<tool_call>' }}")).isEqualTo(ToolFormat.HERMES);
    assertThat(ToolFormat.of("{{ '[TOOL_CALLS]' }}")).isEqualTo(ToolFormat.MISTRAL);
    assertThat(ToolFormat.of("'<｜tool▁calls▁begin｜>'")).isEqualTo(ToolFormat.DEEPSEEK);
    assertThat(ToolFormat.of("'{\"name\": ' \"parameters\": ")).isEqualTo(ToolFormat.LLAMA3);
    assertThat(ToolFormat.of("messages")).isEqualTo(ToolFormat.HERMES);
    assertThat(ToolFormat.isKnownTo("{% if tools %}")).isTrue();
    assertThat(ToolFormat.isKnownTo("{% if messages %}")).isFalse();
  }
}
