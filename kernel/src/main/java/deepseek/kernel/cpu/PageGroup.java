package deepseek.kernel.cpu;

/**
 * Layers that look equally far back and so keep their keys and values in the same pages. A page has
 * room for {@value #SLOTS} tokens of all these layers.
 *
 * @param window tokens that a token sees, itself included; 0: all
 * @param bytes of a page
 */
public record PageGroup(int window, long bytes) {
  /** Tokens of a page; attention computes with the keys of a page at a time. */
  public static final int SLOTS = 64;
}
