package deepseek.bench.speed;

import java.util.Optional;

/** What a workload came to, in tokens per second. */
public record Result(Workload workload, Samples ours, Optional<Peers> peers) {
  /** The peer's, measured in turn with ours. */
  public record Peers(String name, Samples speeds, LlamaCpp.Attention attention) {}

  /** Ours over the peer's, of neighbouring repetitions. */
  public Optional<Samples> ratio() {
    return peers.map(p -> ours.over(p.speeds()));
  }
}
