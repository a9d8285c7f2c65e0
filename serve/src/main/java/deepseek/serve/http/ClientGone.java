package deepseek.serve.http;

/** Nobody reads the answer any more. */
final class ClientGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClientGone(Throwable cause) {
    super(cause);
  }
}
