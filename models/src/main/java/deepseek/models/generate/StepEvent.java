package deepseek.models.generate;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of an engine, for Java Flight Recorder. */
@Name("deepseek.EngineStep")
@Label("Engine Step")
@Category("Deepseek")
@Description("One step of the decoder with tokens of several requests")
@StackTrace(false)
final class StepEvent extends Event {
  @Label("Sequences")
  int sequences;

  @Label("Prompt Tokens")
  int promptTokens;

  @Label("Answer Tokens")
  @Description("Run for answers, with those that were guessed")
  int answerTokens;

  @Label("Waiting Requests")
  int waiting;

  @Label("Cache")
  @DataAmount
  long cacheBytes;
}
