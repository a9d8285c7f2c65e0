package deepseek.langchain4j;

import deepseek.models.ModelException;
import deepseek.models.encoder.Reranker;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.util.ArrayList;
import java.util.List;

/**
 * A reranker in this process as LangChain4j's {@code ScoringModel}: how well each text answers a
 * query. Calls from several threads take turns.
 */
public final class InProcessScoringModel implements ScoringModel {
  private final Reranker reranker;

  /** With the scores of {@code reranker}, which stays the caller's. */
  public InProcessScoringModel(Reranker reranker) {
    ModelException.requirePresent("set up a scoring model", "a reranker", reranker);
    this.reranker = reranker;
  }

  @Override
  public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
    List<Double> scores = new ArrayList<>();
    for (float score : reranker.scores(query, segments.stream().map(TextSegment::text).toList())) {
      scores.add((double) score);
    }
    return Response.from(scores);
  }
}
