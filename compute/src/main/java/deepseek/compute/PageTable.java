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
 * writes to them. Pages that a window has left are given back by {@link #slide}. Not thread-safe.
 */
public final class PageTable implements AutoCloseable {
  private static final String USE = "use a sequence";

  private final PagePool pool;
  private final List<Group> groups = new ArrayList<>();
  private boolean closed;

  /** One group's pages, and their addresses where the kernels read them. */
  private static final class Group {
    private final int window;
    private final List<PagePool.Page> pages = new ArrayList<>();
    private MemorySegment addresses = MemorySegment.NULL;
    // The first pages, which were given back: pages begins after them.
    private int left;

    Group(int window) {
      this.window = window;
    }

    /** Index of the next page. */
    int end() {
      return left + pages.size();
    }

    void set(int index, PagePool.Page page) {
      if ((index + 1L) * Long.BYTES > addresses.byteSize()) {
        MemorySegment larger =
            Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, Math.max(16L, 2L * (index + 1)));
        larger.copyFrom(addresses.byteSize() == 0 ? MemorySegment.ofArray(new long[0]) : addresses);
        addresses = larger;
      }
      if (index == end()) {
        pages.add(page);
      } else {
        pages.set(index - left, page);
      }
      addresses.setAtIndex(ValueLayout.JAVA_LONG, index, page.address());
    }

    /** The shortest length from which a next token still has all that it sees. */
    long shortest() {
      return left == 0 ? 0 : (long) left * PageGroup.SLOTS + window - 1;
    }
  }

  /** An empty sequence. */
  public PageTable(PagePool pool) {
    this.pool = pool;
    pool.groups().forEach(group -> groups.add(new Group(group.window())));
  }

  private void requireOpen() {
    if (closed) {
      throw new ComputeException(USE, "an open one", "a closed one", "make another");
    }
  }

  boolean isOf(PagePool other) {
    return pool.equals(other);
  }

  /** Slots that it has pages for, with those whose pages {@link #slide} gave back. */
  public long slots() {
    return groups.isEmpty() ? 0 : (long) groups.getFirst().end() * PageGroup.SLOTS;
  }

  /** Makes {@code count} slots from {@code slot} on writable for this table alone. */
  void prepare(long slot, int count) {
    requireOpen();
    if (slot < 0 || slot > slots()) {
      throw new ComputeException(
          USE, "slots from 0 to " + slots() + ", without a gap", String.valueOf(slot), "append");
    }
    requireKept(slot);
    for (int group = 0; group < groups.size(); group++) {
      Group g = groups.get(group);
      for (int index = first(slot); index < end(slot, count); index++) {
        boolean isNew = index == g.end();
        g.set(index, isNew ? pool.take(group) : pool.own(g.pages.get(index - g.left)));
      }
    }
  }

  private static int first(long slot) {
    return (int) (slot / PageGroup.SLOTS);
  }

  private static int end(long slot, int count) {
    return (int) Math.ceilDiv(slot + count, PageGroup.SLOTS);
  }

  /** Bytes of its pages, with those that it shares. */
  public long bytes() {
    long bytes = 0;
    for (int group = 0; group < groups.size(); group++) {
      bytes += groups.get(group).pages.size() * pool.groups().get(group).bytes();
    }
    return bytes;
  }

  /** Bytes of the pages that writing {@code count} slots from {@code slot} on takes. */
  public long bytesFor(long slot, int count) {
    long bytes = 0;
    for (int group = 0; group < groups.size(); group++) {
      Group g = groups.get(group);
      for (int index = first(slot); index < end(slot, count); index++) {
        boolean isOwn = index < g.end() && !pool.isShared(g.pages.get(index - g.left));
        bytes += isOwn ? 0 : pool.groups().get(group).bytes();
      }
    }
    return bytes;
  }

  /** For each group the address of its pages' addresses. */
  long[] tables() {
    return groups.stream().mapToLong(group -> group.addresses.address()).toArray();
  }

  /**
   * Gives back the pages that no token from {@code length} on sees, nor one of the {@value
   * PageGroup#SLOTS} before it, so that it can still be cut back a little.
   */
  public void slide(long length) {
    requireOpen();
    for (Group group : groups) {
      long first = length - group.window - PageGroup.SLOTS + 1;
      while (group.window > 0
          && !group.pages.isEmpty()
          && (group.left + 1L) * PageGroup.SLOTS <= first) {
        pool.giveBack(group.pages.removeFirst());
        group.left++;
      }
    }
  }

  /** The shortest length but 0 that {@link #truncate} can cut it to. */
  public long shortest() {
    return groups.stream().mapToLong(Group::shortest).max().orElse(0);
  }

  /** A length of 0 needs nothing of what was there. */
  private void requireKept(long length) {
    if (length > 0 && length < shortest()) {
      throw new ComputeException(
          USE,
          "a length of at least " + shortest() + ", as windows have left what is before",
          String.valueOf(length),
          "run the sequence anew");
    }
  }

  /**
   * Gives back the pages that only slots from {@code length} on are in.
   *
   * @throws ComputeException for a length below {@link #shortest} that isn't 0
   */
  public void truncate(long length) {
    requireOpen();
    requireKept(length);
    int kept = (int) Math.ceilDiv(Math.max(0, length), PageGroup.SLOTS);
    for (Group group : groups) {
      while (group.end() > kept && !group.pages.isEmpty()) {
        pool.giveBack(group.pages.removeLast());
      }
      group.left = Math.min(group.left, kept);
    }
  }

  /** Another sequence with the same slots, which costs no memory until one of them is written. */
  public PageTable fork() {
    requireOpen();
    PageTable copy = new PageTable(pool);
    for (int group = 0; group < groups.size(); group++) {
      Group from = groups.get(group);
      Group to = copy.groups.get(group);
      to.left = from.left;
      for (PagePool.Page page : from.pages) {
        pool.share(page);
        to.set(to.end(), page);
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
