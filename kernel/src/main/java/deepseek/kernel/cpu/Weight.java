package deepseek.kernel.cpu;

/** A weight [out, in] at an address, which stays valid as long as the program that uses it. */
public record Weight(WeightFormat format, long address, long in, long out) {}
