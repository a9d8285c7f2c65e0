package deepseek.models.generate;

import deepseek.text.tokenizer.StreamDecoder;
import java.util.List;
import java.util.function.Consumer;

/** Turns one row's tokens into text as they come, up to the first stop string. */
public final class TextStream {
  private final StreamDecoder decoder;
  private final StopStrings stops;
  private final Consumer<String> onText;
  private final StringBuilder text = new StringBuilder();

  /** Decodes by {@code decoder}, up to any of {@code stops}; {@code onText} gets each part. */
  public TextStream(StreamDecoder decoder, List<String> stops, Consumer<String> onText) {
    this.decoder = decoder;
    this.stops = new StopStrings(stops);
    this.onText = onText;
  }

  /** Takes a token; returns whether more are wanted. */
  public boolean push(int id) {
    emit(stops.push(decoder.push(id)));
    return !stops.found();
  }

  /** The whole text, once no more tokens come. */
  public String finish() {
    if (!stops.found()) {
      emit(stops.push(decoder.flush()));
      emit(stops.flush());
    }
    return text.toString();
  }

  private void emit(String part) {
    if (!part.isEmpty()) {
      text.append(part);
      onText.accept(part);
    }
  }
}
