package deepseek.cli;

import deepseek.hub.Aliases;
import java.util.ArrayList;
import java.util.List;

/** What the tab key offers for options and models whose values are no enum's. */
final class Candidates {
  private Candidates() {}

  static final class Models extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Models() {
      super(Aliases.shipped().spellings());
    }
  }

  static final class Types extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Types() {
      super(List.of("fp32", "bf16", "fp16"));
    }
  }

  static final class Quantizations extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Quantizations() {
      super(List.of("int4", "int8", "as-stored", "none"));
    }
  }

  static final class Devices extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Devices() {
      super(List.of("cpu", "cuda"));
    }
  }
}
