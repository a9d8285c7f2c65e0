package deepseek.models.generate;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A request that an engine has answered, for Java Flight Recorder. */
@Name("deepseek.EngineRequest")
@Label("Engine Request")
@Category("Deepseek")
@Description("A request, from its arrival to its last token")
@StackTrace(false)
final class RequestEvent extends Event {
  @Label("Prompt Tokens")
  int promptTokens;

  @Label("Cached Prompt Tokens")
  @Description("Of the prompt, known from other requests")
  int cachedPromptTokens;

  @Label("Answer Tokens")
  int answerTokens;

  @Label("Finish Reason")
  String finish = "";

  @Label("Time to First Token")
  @Timespan(Timespan.NANOSECONDS)
  long firstToken;
}
