package deepseek.models.generate;

import java.util.Optional;

/** A token of an answer; with how likely it was if that was asked for. */
public record TokenChoice(int id, Optional<LogProbabilities> logProbabilities) {}
