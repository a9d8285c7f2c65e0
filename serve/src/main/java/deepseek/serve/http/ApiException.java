package deepseek.serve.http;

import deepseek.DeepseekException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A request that is not answered, with what HTTP says about it. */
public final class ApiException extends DeepseekException {
  private static final long serialVersionUID = 1L;

  /** Why; each is a status of HTTP and a {@code type} of OpenAI's API. */
  public enum Kind {
    /** The request is wrong; the same one will be wrong again. */
    INVALID(400, "invalid_request_error"),
    /** No key, or an unknown one. */
    UNAUTHENTICATED(401, "authentication_error"),
    /** What is asked for is not allowed. */
    FORBIDDEN(403, "permission_error"),
    /** No such route or model. */
    NOT_FOUND(404, "not_found_error"),
    /** The route is there, with another method. */
    WRONG_METHOD(405, "invalid_request_error"),
    /** The body is longer than the server takes. */
    TOO_LARGE(413, "invalid_request_error"),
    /** Too many requests of this key, or more than the server has room for. */
    TOO_MANY(429, "rate_limit_error"),
    /** The server failed. */
    INTERNAL(500, "server_error"),
    /** Not now: the server is closing, or a model can't be loaded. */
    UNAVAILABLE(503, "service_unavailable_error"),
    /** It took longer than the server lets it. */
    TOO_SLOW(504, "timeout_error");

    private final int status;
    private final String type;

    Kind(int status, String type) {
      this.status = status;
      this.type = type;
    }

    /** The status of HTTP. */
    public int status() {
      return status;
    }

    /** The {@code type} of OpenAI's errors. */
    public String type() {
      return type;
    }
  }

  private final Kind kind;
  private final String[] parts;
  private final @Nullable String parameter;
  private final @Nullable String code;
  private final int retrySeconds;

  private ApiException(
      Kind kind,
      String[] parts,
      @Nullable String parameter,
      @Nullable String code,
      int retrySeconds,
      @Nullable Throwable cause) {
    super(parts[0], parts[1], parts[2], parts[3], cause);
    this.kind = kind;
    this.parts = parts;
    this.parameter = parameter;
    this.code = code;
    this.retrySeconds = retrySeconds;
  }

  /** Completes {@code operation: expected X, got Y; remedy}. */
  public static ApiException of(
      Kind kind, String operation, String expected, String got, String remedy) {
    String[] parts = {operation, expected, got, remedy};
    return new ApiException(kind, parts, null, null, 0, null);
  }

  /**
   * A field of the body that can't be taken, named by its path such as {@code messages[0].role}.
   */
  public static ApiException ofField(String path, String expected, String got, String remedy) {
    return of(Kind.INVALID, path, expected, got, remedy).withParameter(path);
  }

  /** The same with the field that is wrong. */
  public ApiException withParameter(String path) {
    return copy(path, code, retrySeconds, getCause());
  }

  /** The same with a word that programs tell errors apart by, such as {@code model_not_found}. */
  public ApiException withCode(String word) {
    return copy(parameter, word, retrySeconds, getCause());
  }

  /** The same with the time after which to try again. */
  public ApiException withRetryAfter(int seconds) {
    return copy(parameter, code, seconds, getCause());
  }

  /** The same with what caused it, for the server's own log. */
  public ApiException withCause(Throwable cause) {
    return copy(parameter, code, retrySeconds, cause);
  }

  private ApiException copy(
      @Nullable String parameter, @Nullable String code, int retry, @Nullable Throwable cause) {
    return new ApiException(kind, parts, parameter, code, retry, cause);
  }

  /** Why. */
  public Kind kind() {
    return kind;
  }

  /** The field that is wrong, if it is one. */
  public Optional<String> parameter() {
    return Optional.ofNullable(parameter);
  }

  /** The word for programs, if there is one. */
  public Optional<String> code() {
    return Optional.ofNullable(code);
  }

  /** Seconds after which to try again, where that can help. */
  public OptionalInt retryAfter() {
    return retrySeconds > 0 ? OptionalInt.of(retrySeconds) : OptionalInt.empty();
  }
}
