package deepseek.compute;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Owner of the tensors that operations make while it is the innermost open scope of its thread;
 * closing it frees them all.
 *
 * <pre>{@code
 * try (var scope = Scope.open()) {
 *   Tensor y = x.mul(2).add(1);   // both results belong to the scope
 *   return scope.keep(y);         // y moves to the parent scope, the other dies here
 * }
 * }</pre>
 *
 * <p>A scope and its tensors are confined to the thread that opened it, like a confined {@link
 * java.lang.foreign.Arena}. A tensor that {@link #keep} hands out of an outermost scope, or that
 * {@link Tensor#own} takes out of any, belongs to the caller, may be read from every thread, and is
 * freed by its own {@link Tensor#close}.
 *
 * <p>Throws {@link ComputeException} when closed out of order or on another thread.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<@Nullable Scope> INNERMOST = new ThreadLocal<>();
  private static final LongAdder LIVE = new LongAdder();

  private final @Nullable Scope parent;
  private final Thread owner = Thread.currentThread();
  private @Nullable Tensor[] tensors = new Tensor[16];
  private int count;
  private boolean closed;

  private Scope(@Nullable Scope parent) {
    this.parent = parent;
  }

  /** Opens a scope; it is the innermost of this thread until closed. */
  public static Scope open() {
    Scope scope = new Scope(INNERMOST.get());
    INNERMOST.set(scope);
    return scope;
  }

  /** Tensors alive in this process, whoever owns them. */
  public static long live() {
    return LIVE.sum();
  }

  /** Whether a scope is open on this thread. */
  public static boolean isOpen() {
    return INNERMOST.get() != null;
  }

  static Scope innermost(String operation) {
    Scope scope = INNERMOST.get();
    if (scope == null) {
      throw new ComputeException(
          operation,
          "an open Scope on this thread to own the result",
          "none on " + Thread.currentThread().getName(),
          "wrap the code in try (var scope = Scope.open()) { ... }");
    }
    return scope;
  }

  /**
   * Hands {@code tensor} to the parent scope, or to the caller when this scope is the outermost.
   */
  public Tensor keep(Tensor tensor) {
    ComputeException.present("keep a tensor", "a tensor of this scope", tensor);
    if (tensor.scope() != this || !isOwnedBy(Thread.currentThread())) {
      throw new ComputeException(
          "keep a tensor",
          "a tensor of this scope",
          tensor.isClosed() ? "a closed tensor" : "one that belongs elsewhere",
          "keep it from the scope in which it was made");
    }
    remove(tensor);
    if (parent != null) {
      parent.add(tensor);
    }
    return tensor;
  }

  void add(Tensor tensor) {
    if (count == tensors.length) {
      tensors = Arrays.copyOf(tensors, count * 2);
    }
    tensors[count] = tensor;
    tensor.moveTo(this, count++);
  }

  /** Takes {@code tensor} out; the last tensor fills its place. */
  void remove(Tensor tensor) {
    int slot = tensor.slot();
    Tensor last = tensors[--count];
    tensors[count] = null;
    if (last != null && last != tensor) {
      tensors[slot] = last;
      last.moveTo(this, slot);
    }
    tensor.moveTo(null, -1);
  }

  boolean isOwnedBy(Thread thread) {
    return owner == thread;
  }

  static void born() {
    LIVE.increment();
  }

  static void died() {
    LIVE.decrement();
  }

  /** Frees every tensor of this scope. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (INNERMOST.get() != this) {
      throw new ComputeException(
          "close a Scope",
          "the innermost open scope of " + owner.getName(),
          Thread.currentThread() == owner
              ? "an outer one, with scopes still open inside it"
              : "a call on " + Thread.currentThread().getName(),
          "use try-with-resources, which closes scopes in order");
    }
    closed = true;
    if (parent == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(parent);
    }
    for (int i = count - 1; i >= 0; i--) {
      Tensor tensor = tensors[i];
      if (tensor != null) {
        tensor.freeFromScope();
      }
    }
    count = 0;
  }
}
