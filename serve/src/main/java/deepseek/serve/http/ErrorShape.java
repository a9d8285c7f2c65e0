package deepseek.serve.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How an API words its errors. */
public enum ErrorShape {
  /** {@code {"error": {"message": ..., "type": ..., "param": ..., "code": ...}}}. */
  OPENAI {
    @Override
    public ObjectNode of(ApiException e) {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.putObject("error")
          .put("message", e.getMessage())
          .put("type", e.kind().type())
          .put("param", e.parameter().orElse(null))
          .put("code", e.code().orElse(null));
      return body;
    }
  },
  /** {@code {"error": "..."}}. */
  OLLAMA {
    @Override
    public ObjectNode of(ApiException e) {
      return JsonNodeFactory.instance.objectNode().put("error", e.getMessage());
    }
  };

  /** The error's body. */
  public abstract ObjectNode of(ApiException e);
}
