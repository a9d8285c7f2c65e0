package deepseek.serve.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.models.generate.LogProbabilities;
import deepseek.models.generate.TokenChoice;
import deepseek.text.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Spells log-probabilities of tokens. */
final class LogProbabilitiesJson {
  /** JSON has no infinity; what OpenAI writes for a token that can't be. */
  private static final float LEAST = -9999;

  private final Tokenizer tokenizer;

  LogProbabilitiesJson(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** As chat completions have them. */
  ObjectNode ofChat(List<TokenChoice> tokens) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode content = json.putArray("content");
    for (TokenChoice token : tokens) {
      token.logProbabilities().ifPresent(logs -> content.add(ofChat(token.id(), logs)));
    }
    json.putNull("refusal");
    return json;
  }

  private ObjectNode ofChat(int id, LogProbabilities logs) {
    ObjectNode json = ofChat(id, logs.chosen());
    ArrayNode top = json.putArray("top_logprobs");
    for (int i = 0; i < logs.ids().length; i++) {
      top.add(ofChat(logs.ids()[i], logs.values()[i]));
    }
    return json;
  }

  private ObjectNode ofChat(int id, float log) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("token", text(id)).put("logprob", Math.max(LEAST, log));
    ArrayNode bytes = json.putArray("bytes");
    for (byte octet : bytes(id)) {
      bytes.add(octet & 0xFF);
    }
    return json;
  }

  /**
   * As completions have them.
   *
   * @param offset letters of the text before these tokens
   */
  ObjectNode ofCompletion(List<TokenChoice> tokens, int offset) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode texts = json.putArray("tokens");
    ArrayNode logs = json.putArray("token_logprobs");
    ArrayNode top = json.putArray("top_logprobs");
    ArrayNode offsets = json.putArray("text_offset");
    int at = offset;
    for (TokenChoice token : tokens) {
      if (token.logProbabilities().isPresent()) {
        LogProbabilities known = token.logProbabilities().get();
        String text = text(token.id());
        texts.add(text);
        logs.add(Math.max(LEAST, known.chosen()));
        ObjectNode likeliest = top.addObject();
        for (int i = 0; i < known.ids().length; i++) {
          likeliest.put(text(known.ids()[i]), Math.max(LEAST, known.values()[i]));
        }
        offsets.add(at);
        at += text.length();
      }
    }
    return json;
  }

  private String text(int id) {
    return new String(bytes(id), StandardCharsets.UTF_8);
  }

  private byte[] bytes(int id) {
    if (tokenizer.isSpecial(id)) {
      return tokenizer.token(id).getBytes(StandardCharsets.UTF_8);
    }
    try {
      return tokenizer.tokenBytes(id);
    } catch (DataException e) { // a tokenizer without bytes of its own
      return tokenizer.decode(id).getBytes(StandardCharsets.UTF_8);
    }
  }
}
