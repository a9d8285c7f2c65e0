package deepseek.serve.dashboard;

/**
 * What a server did within a second.
 *
 * @param epochSecond when it ended
 * @param newTokens of answers
 * @param promptTokens that were run
 * @param occupancy sequences of a step, of those that it has room for; NaN without a step
 * @param cpu share of all cores that the process had
 */
record Second(
    long epochSecond,
    long newTokens,
    long promptTokens,
    int running,
    int waiting,
    double occupancy,
    double cpu) {}
