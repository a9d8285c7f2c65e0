package deepseek.nn.attention;

import deepseek.nn.NnException;

/** Checks of what callers pass, and of settings that come from a config file. */
final class Checks {
  private Checks() {}

  static void require(String operation, boolean holds, String expected, String got, String remedy) {
    if (!holds) {
      throw new NnException(operation, expected, got, remedy);
    }
  }

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
