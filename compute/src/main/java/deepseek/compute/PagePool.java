package deepseek.compute;

import deepseek.kernel.cpu.PageGroup;
import deepseek.kernel.runtime.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Memory for the keys and values of a plan's sequences, in pages that a {@link PageTable} takes and
 * gives back. It comes from the system in slabs of several pages and goes back when a slab is free.
 * Safe for use by several threads.
 */
public final class PagePool implements AutoCloseable {
  private static final long SLAB_BYTES = 8L << 20;
  private static final int MOST_PAGES = 16;
  private static final String KEEP = "keep keys and values";

  private final List<PageGroup> groups;
  private final List<List<Slab>> slabs = new ArrayList<>();
  private long used;
  private boolean closed;

  PagePool(List<PageGroup> groups) {
    this.groups = groups;
    groups.forEach(group -> slabs.add(new ArrayList<>()));
  }

  /** Pages that come from the system and go back together. */
  private static final class Slab {
    private final MemorySegment memory;
    private final int pages;
    private final Deque<Page> free = new ArrayDeque<>();

    Slab(MemorySegment memory, int pages) {
      this.memory = memory;
      this.pages = pages;
    }

    boolean isFree() {
      return free.size() == pages;
    }
  }

  /** A page of a group, which some tables share. */
  static final class Page {
    private final Slab slab;
    private final int group;
    private final MemorySegment memory;
    private int tables;

    private Page(Slab slab, int group, MemorySegment memory) {
      this.slab = slab;
      this.group = group;
      this.memory = memory;
    }

    long address() {
      return memory.address();
    }
  }

  /** The groups of layers that have pages of their own. */
  List<PageGroup> groups() {
    return groups;
  }

  /** Bytes of the pages that tables hold, one that is shared counted once. */
  public synchronized long usedBytes() {
    return used;
  }

  private void requireOpen() {
    if (closed) {
      throw new ComputeException(
          KEEP, "an open plan", "a closed one", "close sequences before their decoder");
    }
  }

  /** A page for one table, its contents undefined. */
  synchronized Page take(int group) {
    requireOpen();
    List<Slab> all = slabs.get(group);
    Slab slab =
        all.stream().filter(s -> !s.free.isEmpty()).findFirst().orElseGet(() -> grow(group, all));
    Page page = slab.free.pop();
    page.tables = 1;
    used += groups.get(group).bytes();
    return page;
  }

  private Slab grow(int group, List<Slab> all) {
    long bytes = groups.get(group).bytes();
    int pages = Math.clamp(SLAB_BYTES / bytes, 1, MOST_PAGES);
    MemorySegment memory =
        NativeMemory.allocate(pages * bytes)
            .orElseThrow(
                () ->
                    new ComputeException(
                        KEEP,
                        pages * bytes + " bytes of memory",
                        "none",
                        "close sequences, or allow a shorter context"));
    Slab slab = new Slab(memory, pages);
    for (int i = 0; i < pages; i++) {
      slab.free.add(new Page(slab, group, memory.asSlice(i * bytes, bytes)));
    }
    all.add(slab);
    return slab;
  }

  synchronized void share(Page page) {
    requireOpen();
    page.tables++;
  }

  /** Whether another table has the page, too. */
  synchronized boolean isShared(Page page) {
    return page.tables > 1;
  }

  /** A page of the table's own in place of one that it may share, with the same contents. */
  synchronized Page own(Page page) {
    if (page.tables == 1) {
      return page;
    }
    Page copy = take(page.group);
    copy.memory.copyFrom(page.memory);
    giveBack(page);
    return copy;
  }

  /** Takes back one table's share. A closed pool has freed it already. */
  synchronized void giveBack(Page page) {
    if (closed || --page.tables > 0) {
      return;
    }
    used -= groups.get(page.group).bytes();
    Slab slab = page.slab;
    slab.free.push(page);
    List<Slab> all = slabs.get(page.group);
    // One free slab is kept for the next sequence.
    if (slab.isFree() && all.stream().filter(Slab::isFree).count() > 1) {
      all.remove(slab);
      NativeMemory.free(slab.memory);
    }
  }

  /** Frees all pages; tables that still have some can only be closed. */
  @Override
  public synchronized void close() {
    closed = true;
    slabs.forEach(group -> group.forEach(slab -> NativeMemory.free(slab.memory)));
    slabs.forEach(List::clear);
    used = 0;
  }
}
