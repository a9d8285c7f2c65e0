package deepseek.text.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads one call as it comes, letter by letter: the JSON object {@code {"name": ..., "arguments":
 * ...}}, or only the arguments of a call whose name is known.
 */
final class CallReader {
  private static final ObjectMapper JSON = new ObjectMapper();

  private enum Place {
    BEFORE_OBJECT,
    BEFORE_KEY,
    IN_KEY,
    BEFORE_COLON,
    BEFORE_VALUE,
    IN_VALUE,
    AFTER_VALUE,
    DONE
  }

  private final StringBuilder key = new StringBuilder();
  private final StringBuilder value = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private boolean isOnlyArguments;
  private String name = "";
  private Place place = Place.BEFORE_OBJECT;
  private int depth;
  private boolean isInText;
  private boolean isEscaped;
  private boolean isBroken;

  /** Reads an object with name and arguments. */
  CallReader() {}

  /** Reads the arguments of the tool {@code name}. */
  CallReader(String name) {
    this.name = name;
    this.place = Place.BEFORE_VALUE;
    this.isOnlyArguments = true;
    key.append("arguments");
  }

  /** Whether the call is complete, or will never be. */
  boolean isDone() {
    return place == Place.DONE || isBroken;
  }

  /** Whether this is no call at all. */
  boolean isBroken() {
    return isBroken;
  }

  /** The tool's name; empty as long as it isn't known. */
  String name() {
    return name;
  }

  /** What has come of the arguments since this was last asked. */
  String takeArguments() {
    String taken = arguments.toString();
    arguments.setLength(0);
    return taken;
  }

  /** The next letter. */
  void push(char letter) {
    switch (place) {
      case BEFORE_OBJECT -> expect(letter, '{', Place.BEFORE_KEY);
      case BEFORE_KEY -> beforeKey(letter);
      case IN_KEY -> inKey(letter);
      case BEFORE_COLON -> expect(letter, ':', Place.BEFORE_VALUE);
      case BEFORE_VALUE -> beforeValue(letter);
      case IN_VALUE -> inValue(letter);
      case AFTER_VALUE -> afterValue(letter);
      case DONE -> {}
    }
  }

  private void expect(char letter, char expected, Place then) {
    if (letter == expected) {
      place = then;
    } else if (!Character.isWhitespace(letter)) {
      isBroken = true;
    }
  }

  private void beforeKey(char letter) {
    if (letter == '"') {
      key.setLength(0);
      place = Place.IN_KEY;
    } else if (letter == '}') {
      end();
    } else if (!Character.isWhitespace(letter)) {
      isBroken = true;
    }
  }

  private void inKey(char letter) {
    if (letter == '"') {
      place = Place.BEFORE_COLON;
    } else {
      key.append(letter);
    }
  }

  private void beforeValue(char letter) {
    if (!Character.isWhitespace(letter)) {
      value.setLength(0);
      depth = 0;
      isInText = false;
      isEscaped = false;
      place = Place.IN_VALUE;
      inValue(letter);
    }
  }

  private void inValue(char letter) {
    boolean isScalarsEnd = !isInText && depth == 0 && ",}".indexOf(letter) >= 0;
    if (isScalarsEnd) {
      endValue();
      afterValue(letter);
      return;
    }
    value.append(letter);
    if (streams()) {
      arguments.append(letter);
    }
    if (isInText) {
      isInText = isEscaped || letter != '"';
      isEscaped = !isEscaped && letter == '\\';
    } else {
      isInText = letter == '"';
      depth += "{[".indexOf(letter) >= 0 ? 1 : "}]".indexOf(letter) >= 0 ? -1 : 0;
    }
    boolean isWhole = value.charAt(0) == '"' || value.charAt(0) == '{' || value.charAt(0) == '[';
    if (isWhole && !isInText && depth == 0) {
      endValue();
    }
  }

  private boolean isOfArguments() {
    return isKey("arguments") || isKey("parameters");
  }

  private boolean isKey(String word) {
    return word.contentEquals(key);
  }

  /** Whether the arguments can be passed on as they come. */
  private boolean streams() {
    return isOfArguments() && !name.isEmpty() && value.charAt(0) == '{';
  }

  private void endValue() {
    String text = value.toString();
    if (isOfArguments() && !streams()) {
      arguments.append(text.startsWith("{") ? text : unwrapped(text));
    } else if (isKey("name")) {
      name = unwrapped(text);
    }
    place = isOnlyArguments ? Place.DONE : Place.AFTER_VALUE;
  }

  /** The text within a JSON string, an object for null. */
  private String unwrapped(String json) {
    if (!json.startsWith("\"")) {
      isBroken |= !json.strip().equals("null");
      return "{}";
    }
    try {
      return JSON.readValue(json, String.class);
    } catch (JsonProcessingException e) {
      isBroken = true;
      return "";
    }
  }

  private void afterValue(char letter) {
    if (letter == ',') {
      place = Place.BEFORE_KEY;
    } else if (letter == '}') {
      end();
    } else if (!Character.isWhitespace(letter)) {
      isBroken = true;
    }
  }

  private void end() {
    place = Place.DONE;
    isBroken |= name.isEmpty();
  }
}
