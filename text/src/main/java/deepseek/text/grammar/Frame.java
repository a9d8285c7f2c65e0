package deepseek.text.grammar;

import java.util.Set;

/**
 * Where a rule continues when it ends: the stacks of all its callers at one byte, as a graph whose
 * nodes are shared, so that ambiguous grammars need memory in proportion to the text. Frames are
 * interned by {@link Program}.
 *
 * @see <a href="https://doi.org/10.1016/j.entcs.2010.08.041">GLL parsing</a>
 */
final class Frame {
  /**
   * One way to continue.
   *
   * @param position where; {@link #FINISH} for the end of the text
   * @param count how often a {@link Position.Counted} has matched
   * @param frame of the rule that contains the position
   */
  record Edge(int position, int count, Frame frame) {
    @Override
    @SuppressWarnings("ReferenceEquality") // equal frames are one object
    public boolean equals(Object other) {
      return other instanceof Edge edge
          && position == edge.position
          && count == edge.count
          && frame == edge.frame;
    }

    /** Mixed, since counts of nested repetitions differ by little. */
    @Override
    public int hashCode() {
      int mixed = (position * 0x9E3779B1 + count) * 0x85EBCA77 + frame.hash * 0xC2B2AE3D;
      return (mixed ^ mixed >>> 15) * 0x27D4EB2F;
    }
  }

  /** The position of an edge that ends the text. */
  static final int FINISH = -1;

  private final Set<Edge> edges;
  private final int hash;

  /** The frame of the root, whose one edge has no frame but itself. */
  private Frame() {
    this.edges = Set.of(new Edge(FINISH, 0, this));
    this.hash = 1;
  }

  Frame(Set<Edge> edges) {
    this.edges = Set.copyOf(edges);
    this.hash = this.edges.hashCode();
  }

  static Frame root() {
    return new Frame();
  }

  Set<Edge> edges() {
    return edges;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Frame frame && hash == frame.hash && edges.equals(frame.edges));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
