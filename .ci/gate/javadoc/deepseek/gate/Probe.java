package deepseek.gate;

/** javac's doclint has to refuse it: there is no {@link Prober}. */
final class Probe {}
