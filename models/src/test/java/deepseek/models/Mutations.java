package deepseek.models;

import deepseek.DeepseekException;
import java.util.ArrayList;
import java.util.List;

/** Changes made to a model, one at a time: each gives a result or an error of one line. */
public final class Mutations {
  private static final String ONE_LINE = "[^\\n]+: expected [^\\n]+, got [^\\n]+; [^\\n]+";

  private final List<String> faults = new ArrayList<>();
  private final int every;
  private int tried;
  private int run;

  /**
   * @param every which of them are tried, 1 being all
   */
  public Mutations(int every) {
    this.every = every;
  }

  /** Tries one; {@code model} changes, opens and runs it. */
  public void attempt(String change, Runnable model) {
    if (tried++ % every != 0) {
      return;
    }
    run++;
    try {
      model.run();
    } catch (DeepseekException e) {
      if (!String.valueOf(e.getMessage()).matches(ONE_LINE)) {
        faults.add(change + " is refused by: " + e.getMessage());
      }
    } catch (RuntimeException | Error e) {
      faults.add(change + " ends in " + e + " at " + e.getStackTrace()[0]);
    }
  }

  public int run() {
    return run;
  }

  /** Changes that ended in anything else. */
  public List<String> faults() {
    return List.copyOf(faults);
  }
}
