package deepseek.serve.shelf;

/** A model in use, which stays open until this is closed. */
public final class Lease<M extends Loaded> implements AutoCloseable {
  private final ServedModel served;
  private final M model;
  private final Runnable giveBack;
  private boolean returned;

  Lease(ServedModel served, M model, Runnable giveBack) {
    this.served = served;
    this.model = model;
    this.giveBack = giveBack;
  }

  /** What the server says about it. */
  public ServedModel served() {
    return served;
  }

  /** The model. */
  public M model() {
    return model;
  }

  @Override
  public synchronized void close() {
    if (!returned) {
      returned = true;
      giveBack.run();
    }
  }
}
