package deepseek.compute;

import deepseek.kernel.cpu.PageGroup;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of one sequence: slot n of it, where the keys and values of its n-th token are, is in
 * page n / {@value PageGroup#SLOTS} of each group. Tables that were forked share pages until one
 * writes to them. Not thread-safe.
 */
public final class PageTable implements AutoCloseable {
  private static final String USE = "use a sequence";

  private final PagePool pool;
  private final List<Group> groups = new ArrayList<>();
  private boolean closed;

  /** One group's pages, and their addresses where the kernels read them. */
  private static final class Group {
    private final List<PagePool.Page> pages = new ArrayList<>();
    private MemorySegment addresses = MemorySegment.NULL;

    void set(int index, PagePool.Page page) {
      if ((index + 1L) * Long.BYTES > addresses.byteSize()) {
        MemorySegment larger =
            Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, Math.max(16L, 2L * (index + 1)));
        larger.copyFrom(addresses.byteSize() == 0 ? MemorySegment.ofArray(new long[0]) : addresses);
        addresses = larger;
      }
      if (index == pages.size()) {
        pages.add(page);
      } else {
        pages.set(index, page);
      }
      addresses.setAtIndex(ValueLayout.JAVA_LONG, index, page.address());
    }
  }

  /** An empty sequence. */
  public PageTable(PagePool pool) {
    this.pool = pool;
    pool.groups().forEach(group -> groups.add(new Group()));
  }

  private void requireOpen() {
    if (closed) {
      throw new ComputeException(USE, "an open one", "a closed one", "make another");
    }
  }

  boolean isOf(PagePool other) {
    return pool.equals(other);
  }

  /** Slots that it has pages for. */
  public long slots() {
    return groups.isEmpty() ? 0 : (long) groups.getFirst().pages.size() * PageGroup.SLOTS;
  }

  /** Makes {@code count} slots from {@code slot} on writable for this table alone. */
  void prepare(long slot, int count) {
    requireOpen();
    if (slot < 0 || slot > slots()) {
      throw new ComputeException(
          USE, "slots from 0 to " + slots() + ", without a gap", String.valueOf(slot), "append");
    }
    int first = (int) (slot / PageGroup.SLOTS);
    int end = (int) Math.ceilDiv(slot + count, PageGroup.SLOTS);
    for (int group = 0; group < groups.size(); group++) {
      Group g = groups.get(group);
      for (int index = first; index < end; index++) {
        boolean isNew = index == g.pages.size();
        g.set(index, isNew ? pool.take(group) : pool.own(g.pages.get(index)));
      }
    }
  }

  /** For each group the address of its pages' addresses. */
  long[] tables() {
    return groups.stream().mapToLong(group -> group.addresses.address()).toArray();
  }

  /** Gives back the pages that only slots from {@code length} on are in. */
  public void truncate(long length) {
    requireOpen();
    int kept = (int) Math.ceilDiv(Math.max(0, length), PageGroup.SLOTS);
    for (Group group : groups) {
      while (group.pages.size() > kept) {
        pool.giveBack(group.pages.removeLast());
      }
    }
  }

  /** Another sequence with the same slots, which costs no memory until one of them is written. */
  public PageTable fork() {
    requireOpen();
    PageTable copy = new PageTable(pool);
    for (int group = 0; group < groups.size(); group++) {
      List<PagePool.Page> pages = groups.get(group).pages;
      for (int index = 0; index < pages.size(); index++) {
        pool.share(pages.get(index));
        copy.groups.get(group).set(index, pages.get(index));
      }
    }
    return copy;
  }

  /** Gives back all pages. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      truncate(0);
      closed = true;
    }
  }
}
