package deepseek.text.chat;

import java.util.function.Consumer;

/**
 * Splits an answer, as it comes, into what stands in {@code <think>} at its beginning and the rest.
 */
final class ReasoningSplitter {
  private static final String OPENING = "<think>";
  private static final String CLOSING = "</think>";

  private enum Place {
    BEFORE,
    BEFORE_REASONING,
    IN_REASONING,
    BEFORE_ANSWER,
    IN_ANSWER
  }

  private final Consumer<String> reasoning;
  private final Consumer<String> answer;
  private final StringBuilder held = new StringBuilder();
  private Place place;

  /**
   * @param isOpen whether the prompt ends within the reasoning, so that the answer begins with it
   */
  ReasoningSplitter(boolean isOpen, Consumer<String> reasoning, Consumer<String> answer) {
    this.place = isOpen ? Place.BEFORE_REASONING : Place.BEFORE;
    this.reasoning = reasoning;
    this.answer = answer;
  }

  void push(String text) {
    held.append(text);
    Place before;
    do {
      before = place;
      step();
    } while (place != before && !held.isEmpty());
  }

  private void step() {
    switch (place) {
      case BEFORE -> begin();
      case BEFORE_REASONING -> skipBlanks(Place.IN_REASONING);
      case IN_REASONING -> reason();
      case BEFORE_ANSWER -> skipBlanks(Place.IN_ANSWER);
      case IN_ANSWER -> pass(answer, held.length());
    }
  }

  private void begin() {
    String text = held.toString().stripLeading();
    if (text.startsWith(OPENING)) {
      held.setLength(0);
      held.append(text, OPENING.length(), text.length());
      place = Place.BEFORE_REASONING;
    } else if (!OPENING.startsWith(text)) {
      place = Place.IN_ANSWER;
    }
  }

  private void skipBlanks(Place then) {
    int blanks = 0;
    while (blanks < held.length() && Character.isWhitespace(held.charAt(blanks))) {
      blanks++;
    }
    held.delete(0, blanks);
    if (!held.isEmpty()) {
      place = then;
    }
  }

  private void reason() {
    int end = held.indexOf(CLOSING);
    if (end >= 0) {
      String last = held.substring(0, end).stripTrailing();
      if (!last.isEmpty()) {
        reasoning.accept(last);
      }
      held.delete(0, end + CLOSING.length());
      place = Place.BEFORE_ANSWER;
      return;
    }
    int sure = held.length() - Markers.heldBack(held, CLOSING);
    while (sure > 0 && Character.isWhitespace(held.charAt(sure - 1))) {
      sure--;
    }
    pass(reasoning, sure);
  }

  private void pass(Consumer<String> to, int length) {
    if (length > 0) {
      to.accept(held.substring(0, length));
      held.delete(0, length);
    }
  }

  /** What is left once no more text comes. */
  void finish() {
    switch (place) {
      case BEFORE, IN_ANSWER -> pass(answer, held.length());
      case IN_REASONING -> pass(reasoning, held.length());
      case BEFORE_REASONING, BEFORE_ANSWER -> held.setLength(0);
    }
  }
}
