package deepseek.kernel.cpu;

import java.util.ArrayList;
import java.util.List;

/** Where the layers' keys and values lie in pages. */
final class PageLayout {
  private static final long ALIGNMENT = 64;

  private final List<PageGroup> groups = new ArrayList<>();

  /** A part of each page of a group. */
  record Part(int group, long offset) {}

  /** Adds rows of one layer to the pages of those with the same window. */
  Part add(int window, int heads, int rowBytes) {
    int group = 0;
    while (group < groups.size() && groups.get(group).window() != window) {
      group++;
    }
    if (group == groups.size()) {
      groups.add(new PageGroup(window, 0));
    }
    long offset = groups.get(group).bytes();
    long bytes = (long) heads * PageGroup.SLOTS * rowBytes;
    groups.set(group, new PageGroup(window, offset + Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT));
    return new Part(group, offset);
  }

  List<PageGroup> groups() {
    return List.copyOf(groups);
  }
}
