package deepseek.bench.speed;

/** A program that runs one model. */
public interface Engine extends AutoCloseable {
  String name();

  /** Runs a workload that is about to be measured once untimed, and chooses how it is run best. */
  void warmUp(Workload workload);

  /** Seconds that a workload takes. */
  double seconds(Workload workload);

  @Override
  void close();
}
