package deepseek.bench.speed;

import java.util.ArrayList;
import java.util.List;

/**
 * llama-bench's protocol: each workload once untimed, then so many times timed; with several
 * engines repetition by repetition in turn, so that all see the same machine.
 */
public record Protocol(int repetitions) {
  /** Tokens per second of each engine. */
  public List<Samples> measure(List<Engine> engines, Workload workload) {
    engines.forEach(engine -> engine.warmUp(workload));
    List<List<Double>> speeds = new ArrayList<>();
    engines.forEach(engine -> speeds.add(new ArrayList<>()));
    for (int i = 0; i < repetitions; i++) {
      for (int e = 0; e < engines.size(); e++) {
        speeds.get(e).add(workload.tokens() / engines.get(e).seconds(workload));
      }
    }
    return speeds.stream().map(Samples::new).toList();
  }
}
