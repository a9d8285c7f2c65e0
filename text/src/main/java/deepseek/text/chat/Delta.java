package deepseek.text.chat;

/** A part of an answer. */
public sealed interface Delta {
  /** Text that the model writes before it answers. */
  record Reasoning(String text) implements Delta {}

  /** Text of the answer. */
  record Content(String text) implements Delta {}

  /**
   * A tool call begins.
   *
   * @param index which of the answer's calls, from 0
   */
  record CallBegin(int index, String id, String name) implements Delta {}

  /**
   * More of a call's arguments.
   *
   * @param json to be put after what came before; the whole is an object
   */
  record CallArguments(int index, String json) implements Delta {}
}
