package deepseek.nn.attention;

import deepseek.nn.NnException;

/** Checks of settings that come from a config file. */
final class Checks {
  private Checks() {}

  static void positive(String field, double value) {
    if (!(value > 0)) {
      throw wrong(field, "a number above 0", value);
    }
  }

  static NnException wrong(String field, String expected, double got) {
    return new NnException(
        "read rope settings", field + " to be " + expected, String.valueOf(got), "fix config.json");
  }
}
