package deepseek.bench.speed;

/**
 * What reading the weights once per token allows.
 *
 * @param readBandwidth bytes per second
 */
public record Bound(double readBandwidth, long bytesPerToken) {
  public double tokensPerSecond() {
    return readBandwidth / bytesPerToken;
  }

  public double share(Samples speeds) {
    return speeds.mean() / tokensPerSecond();
  }
}
