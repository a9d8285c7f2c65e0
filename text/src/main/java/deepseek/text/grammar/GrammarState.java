package deepseek.text.grammar;

import deepseek.text.grammar.Program.Item;
import java.util.Collections;
import java.util.Set;

/**
 * What a grammar allows after some text; immutable, so that a copy is a reference. {@link
 * Grammar#start()} is the first.
 */
public final class GrammarState {
  private final Program program;
  private final Set<Item> items;
  private final boolean canEnd;
  private final int hash;

  GrammarState(Program program, Set<Item> items, boolean canEnd) {
    this.program = program;
    this.items = Collections.unmodifiableSet(items);
    this.canEnd = canEnd;
    this.hash = 31 * items.hashCode() + Boolean.hashCode(canEnd);
  }

  /** The state after one more byte of UTF-8. */
  public GrammarState accept(byte next) {
    return program.accept(items, next & 0xFF);
  }

  /** The state after more bytes of UTF-8, which may begin or end within a character. */
  public GrammarState accept(byte[] next) {
    GrammarState state = this;
    for (byte octet : next) {
      state = state.accept(octet);
    }
    return state;
  }

  /** Whether the text so far is complete. */
  public boolean canEnd() {
    return canEnd;
  }

  /** Whether the text so far is not the beginning of any text of the grammar. */
  public boolean isDead() {
    return items.isEmpty() && !canEnd;
  }

  Program program() {
    return program;
  }

  Set<Item> items() {
    return items;
  }

  /** Whether both allow the same continuations by the same positions and frames. */
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof GrammarState state
            && hash == state.hash
            && program == state.program
            && canEnd == state.canEnd
            && items.equals(state.items));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
