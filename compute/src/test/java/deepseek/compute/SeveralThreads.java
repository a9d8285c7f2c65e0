package deepseek.compute;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Runs a class's tests with three threads: plans take those there are; other tests run with one.
 */
public final class SeveralThreads implements BeforeAllCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(SeveralThreads.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    context.getStore(NAMESPACE).put("before", Machine.threads());
    Machine.threads(3);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Machine.threads(context.getStore(NAMESPACE).get("before", Integer.class));
  }
}
