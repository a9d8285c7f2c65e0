package deepseek.kernel.cpu;

import deepseek.kernel.runtime.OpenMp;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Runs Java code on libgomp's threads, which libtorch uses too: other threads would wait for cores
 * on which those still spin. Without libgomp, uses Java's common pool.
 */
final class Team {
  private static final int PIECES_PER_THREAD = 8;
  private static final Map<Integer, Team> TEAMS = new ConcurrentHashMap<>();

  /** Processes items {@code begin} to {@code end}, on any thread. */
  interface Work {
    void on(long begin, long end);
  }

  private record Round(Work work, long count, long piece, AtomicLong next) {}

  private record Entry(OpenMp library, MemorySegment share) {}

  private final int threads;
  private final Optional<Entry> openMp;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile Round round = new Round((_, _) -> {}, 0, 1, new AtomicLong());

  /** The team of this many threads; shared, since creating its upcall stub takes a while. */
  static Team of(int threads) {
    return TEAMS.computeIfAbsent(threads, Team::new);
  }

  private Team(int threads) {
    this.threads = threads;
    this.openMp = threads == 1 ? Optional.empty() : OpenMp.find().map(this::entry);
  }

  private Entry entry(OpenMp library) {
    Linker linker = Linker.nativeLinker();
    try {
      MethodHandle share =
          MethodHandles.lookup()
              .bind(this, "share", MethodType.methodType(void.class, MemorySegment.class));
      return new Entry(
          library,
          linker.upcallStub(share, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), Arena.global()));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Processes all items below {@code count}, in pieces that threads take dynamically. */
  synchronized void run(long count, Work work) {
    long piece = Math.max(1, count / ((long) threads * PIECES_PER_THREAD));
    round = new Round(work, count, piece, new AtomicLong());
    if (threads == 1 || count <= piece) {
      share(MemorySegment.NULL);
    } else if (openMp.isPresent()) {
      Entry entry = openMp.get();
      entry.library().run(entry.share(), MemorySegment.NULL, threads);
    } else {
      IntStream.range(0, threads).parallel().forEach(_ -> share(MemorySegment.NULL));
    }
    Throwable thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw new IllegalStateException("a product failed", thrown);
    }
  }

  /** Run by each thread; must not throw, since its caller is C. */
  private void share(MemorySegment unused) {
    Round now = round;
    try {
      for (; ; ) {
        long begin = now.next().getAndAdd(now.piece());
        if (begin >= now.count()) {
          return;
        }
        now.work().on(begin, Math.min(begin + now.piece(), now.count()));
      }
    } catch (Throwable e) {
      failure.set(e);
    }
  }
}
