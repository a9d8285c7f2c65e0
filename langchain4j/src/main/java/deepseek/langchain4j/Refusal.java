package deepseek.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;

/** Errors of requests for what models in this process don't do. */
final class Refusal {
  private Refusal() {}

  static UnsupportedFeatureException of(String operation, String expected, String got) {
    return new UnsupportedFeatureException(
        operation + ": expected " + expected + ", got " + got + "; leave it out");
  }
}
