package deepseek.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import deepseek.compute.LeakCheck;
import deepseek.models.AutoModel;
import deepseek.models.encoder.Reranker;
import dev.langchain4j.data.segment.TextSegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class InProcessScoringModelTest {
  @Test
  void scoresAreTheRerankers() {
    List<String> texts = List.of("a ship", "the harbour at night");
    try (Reranker reranker = AutoModel.reranker(Models.RERANKER)) {
      var model = new InProcessScoringModel(reranker);
      float[] own = reranker.scores("What is a ship?", texts);
      assertThat(own[0]).isNotEqualTo(own[1]);
      assertThat(
              model
                  .scoreAll(texts.stream().map(TextSegment::from).toList(), "What is a ship?")
                  .content())
          .containsExactly((double) own[0], (double) own[1]);
      assertThat(model.score("a ship", "What is a ship?").content())
          .isEqualTo(reranker.scores("What is a ship?", List.of("a ship"))[0]);
    }
  }
}
