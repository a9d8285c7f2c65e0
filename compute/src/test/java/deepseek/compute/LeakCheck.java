package deepseek.compute;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** Fails a test after which more tensors live than before it, or that left a scope open. */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(LeakCheck.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put("live", Scope.live());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (Scope.isOpen()) {
      throw new AssertionError(context.getDisplayName() + " left a scope open");
    }
    long before = context.getStore(NAMESPACE).get("live", Long.class);
    long leaked = Scope.live() - before;
    if (leaked != 0) {
      throw new AssertionError(context.getDisplayName() + " leaked " + leaked + " tensors");
    }
  }
}
