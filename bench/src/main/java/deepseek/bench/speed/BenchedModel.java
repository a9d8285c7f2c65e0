package deepseek.bench.speed;

import java.nio.file.Path;

/**
 * What is run.
 *
 * @param type by the names of config.json
 * @param values of all weights
 * @param bytes of all weights in the file
 * @param weights how they are held
 */
public record BenchedModel(Path path, String type, long values, long bytes, String weights) {}
