package deepseek.compute;

import deepseek.DeepseekException;
import deepseek.kernel.runtime.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Wrong uses of the API, run in a JVM of their own: each is named before it runs, so that the last
 * name printed tells which one crashed it or never ended.
 */
public final class Misuse {
  private static final long LONGEST_SECONDS = 60;
  private static final Pattern ONE_LINE =
      Pattern.compile("[^:\n]+: expected [^\n]+, got [^\n]+; [^\n]+");

  private final List<String> faults = new ArrayList<>();
  private int count;

  /** What is wrong. */
  public interface Call {
    void run() throws Exception;
  }

  /** Cases of a child: {@code main} ends with {@link #end}. */
  public static void runInChild(Path folder, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    ChildJvm.run(
        folder,
        List.of("-Xmx1g", "-XX:-CreateCoredumpOnCrash", "--add-modules=jdk.incubator.vector"),
        main,
        arguments);
  }

  /** Must end in a line of the module's. */
  public void refused(String name, Call call) {
    run(name, call, /* mayEndWell= */ false);
  }

  /** Must end well or in a line of the module's. */
  public void harmless(String name, Call call) {
    run(name, call, /* mayEndWell= */ true);
  }

  private void run(String name, Call call, boolean mayEndWell) {
    System.out.println(name);
    count++;
    CountDownLatch done = new CountDownLatch(1);
    Thread.ofPlatform().daemon().start(() -> haltUnless(done));
    try (Scope scope = Scope.open()) {
      call.run();
      if (!mayEndWell) {
        faults.add(name + " is not refused");
      }
    } catch (DeepseekException e) {
      if (!ONE_LINE.matcher(String.valueOf(e.getMessage())).matches()) {
        faults.add(name + " is refused by: " + e.getMessage());
      }
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      StackTraceElement[] stack = e.getStackTrace();
      faults.add(name + " ends in " + e + (stack.length > 0 ? " at " + stack[0] : ""));
    } finally {
      done.countDown();
    }
  }

  private static void haltUnless(CountDownLatch done) {
    try {
      if (!done.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        System.out.println("the last one does not end");
        Runtime.getRuntime().halt(3);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says what was found, and ends the JVM with a status that tells. */
  public void end() {
    faults.forEach(System.out::println);
    System.out.println(faults.size() + " faults in " + count + " cases");
    System.exit(faults.isEmpty() && count > 0 ? 0 : 1);
  }
}
