package deepseek.kernel.cpu;

/**
 * Heads of a grouped-query attention layer.
 *
 * @param heads query heads, a multiple of {@code keyHeads}
 * @param keyHeads heads of keys and values
 * @param width values of a head
 * @param interleaved whether the rotary embedding pairs 2i with 2i + 1; else i with i + width / 2
 * @param scale multiplies scores
 * @param window tokens that a token attends to, including itself; 0: all
 */
public record GroupedHeads(
    int heads, int keyHeads, int width, boolean interleaved, double scale, int window) {}
