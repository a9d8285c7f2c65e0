package deepseek.kernel.cpu;

import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Pages for one sequence, in no order, each exactly as large as it has to be. */
final class SequencePages {
  private final long[] tables;

  SequencePages(StepProgram program, Arena arena, int tokens) {
    List<PageGroup> groups = program.groups();
    this.tables = new long[groups.size()];
    for (int group = 0; group < tables.length; group++) {
      List<Long> pages = new ArrayList<>();
      for (int slot = 0; slot < tokens; slot += PageGroup.SLOTS) {
        pages.add(NativeMemory.zeros(groups.get(group).bytes(), arena).address());
      }
      Collections.shuffle(pages, new Random(tokens));
      MemorySegment table = arena.allocate(ValueLayout.JAVA_LONG, pages.size());
      for (int i = 0; i < pages.size(); i++) {
        table.setAtIndex(ValueLayout.JAVA_LONG, i, pages.get(i));
      }
      tables[group] = table.address();
    }
  }

  /** For each group the address of its table. */
  long[] tables() {
    return tables;
  }
}
