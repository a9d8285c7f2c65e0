package deepseek.kernel.cpu;

/**
 * Heads of a latent attention layer: queries of {@code nopeWidth + ropeWidth} values over latents
 * of {@code rank} values and one rotated key of {@code ropeWidth} for each token.
 *
 * @param heads query heads
 * @param rank values of a latent
 * @param nopeWidth values of a head without rotary embedding
 * @param ropeWidth values of a head with rotary embedding
 * @param valueWidth values of a head's result
 * @param interleaved whether it pairs 2i with 2i + 1; else i with i + ropeWidth / 2
 * @param scale multiplies scores
 */
public record LatentHeads(
    int heads,
    int rank,
    int nopeWidth,
    int ropeWidth,
    int valueWidth,
    boolean interleaved,
    double scale) {}
