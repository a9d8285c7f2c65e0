package deepseek.models;

import java.util.List;
import java.util.TreeSet;

/** The families of one kind of network, found by a config's {@code model_type}. */
public final class Families<F extends Families.Family> {
  private final String kind;
  private final String others;
  private final List<F> all;

  /** Models that are built in one way. */
  public interface Family {
    /** {@code model_type} values of config.json. */
    List<String> modelTypes();
  }

  /**
   * @param kind what complaints call their networks: {@code a decoder}
   * @param others what they say of networks of another kind, and how those are opened
   */
  public Families(String kind, String others, List<F> all) {
    this.kind = kind;
    this.others = others;
    this.all = List.copyOf(all);
  }

  /**
   * The family of this config.
   *
   * @throws ModelException when it is of none
   */
  public F of(ConfigJson config) {
    String type = config.text("model_type");
    TreeSet<String> known = new TreeSet<>();
    for (F family : all) {
      if (family.modelTypes().contains(type)) {
        return family;
      }
      known.addAll(family.modelTypes());
    }
    throw new ModelException(
        "read " + config.source(),
        kind + "'s model_type, one of " + String.join(", ", known),
        "'" + type + "'",
        "choose a model of a known family; " + others);
  }
}
