package deepseek.models;

/** What values of config fields must be, whoever makes the record. */
public final class ConfigCheck {
  private ConfigCheck() {}

  /** Refuses what is no size. */
  public static void size(String field, int value) {
    require(value >= 1, field, "a whole number from 1", value);
  }

  /** Refuses what is no number of things; 0 is one. */
  public static void count(String field, int value) {
    require(value >= 0, field, "a whole number from 0", value);
  }

  /** Throws unless a field of config.json is above 0. */
  public static void positive(String field, double value) {
    require(value > 0 && Double.isFinite(value), field, "a finite number above 0", value);
  }

  /** Throws unless a field of config.json is a finite number. */
  public static void finite(String field, double value) {
    require(Double.isFinite(value), field, "a finite number", value);
  }

  /**
   * @throws ModelException naming the field, what it had to be, and what it is
   */
  public static void require(boolean holds, String field, String expected, Object got) {
    if (!holds) {
      throw new ModelException(
          "make a config",
          field + " to be " + expected,
          String.valueOf(got),
          "fix config.json, or take the one that came with the weights");
    }
  }
}
