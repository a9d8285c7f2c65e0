package deepseek.serve;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import deepseek.serve.http.ApiKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The dashboard in a real Chromium, which CHROMIUM names or the system has. */
@Tag("browser")
class DashboardBrowserTest {
  private static final Path PICTURES = Path.of("target", "screenshots");
  private static Playwright playwright;
  private static Browser browser;

  @BeforeAll
  static void launch() {
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium())
                    .setArgs(List.of("--no-sandbox")));
  }

  private static Path chromium() {
    return Stream.of(
            System.getenv("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/google-chrome-stable")
        .filter(path -> path != null && Files.isExecutable(Path.of(path)))
        .map(Path::of)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no Chromium: install it, or set CHROMIUM"));
  }

  @AfterAll
  static void close() {
    browser.close();
    playwright.close();
  }

  /** A page of the server's, whatever goes wrong in it noted. */
  private static final class Seen implements AutoCloseable {
    private final TestServer server;
    private final BrowserContext context;
    private final Page page;
    private final List<String> wrong = new ArrayList<>();

    Seen(UnaryOperator<ServeConfig> config, Browser.NewContextOptions options) {
      server = TestServer.with(config);
      context = browser.newContext(options);
      page = context.newPage();
      page.onConsoleMessage(
          message -> {
            if (message.type().equals("error")) {
              wrong.add(message.text());
            }
          });
      page.onPageError(wrong::add);
      page.onRequest(
          request -> {
            if (!request.url().startsWith(server.uri("/").toString())) {
              wrong.add("asks elsewhere: " + request.url());
            }
          });
    }

    void open() {
      page.navigate(server.uri("/").toString());
    }

    void picture(String name) {
      page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
    }

    void talk(String text) {
      page.getByLabel("Message").fill(text);
      page.keyboard().press("Enter");
    }

    Locator said() {
      return page.locator(".said.assistant");
    }

    @Override
    public void close() {
      context.close();
      server.close();
      assertThat(wrong).isEmpty();
    }
  }

  private static Browser.NewContextOptions wide() {
    return new Browser.NewContextOptions().setViewportSize(1200, 900);
  }

  @Test
  void figuresComeAsTheServerAnswers() throws Exception {
    try (Seen seen = new Seen(c -> c, wide())) {
      seen.open();
      assertThat(seen.page.locator("#state")).containsText("up to date");
      assertThat(seen.page.locator("#requests")).containsText("no request yet");
      for (int i = 0; i < 6; i++) {
        seen.server.post("/v1/chat/completions", TestServer.chat("'max_tokens': 60"));
      }
      seen.server.post("/v1/chat/completions", TestServer.chat("'n': 0"));
      assertThat(seen.page.locator("#requests tbody tr")).hasCount(7);
      assertThat(seen.page.locator("#requests .bad")).hasText("400");
      assertThat(seen.page.locator("#models")).containsText("tiny");
      assertThat(seen.page.locator("#first")).containsText(Pattern.compile("\\d ms"));
      assertThat(seen.page.locator("#rate-chart path.line")).hasCount(1);
      assertThat(seen.page.locator("#memory-legend li")).hasCount(4);
      seen.page.getByLabel("Week").check();
      assertThat(seen.page.locator("#history-rate")).not().isEmpty();
      seen.picture("dashboard");
    }
  }

  @Test
  void theChatAnswersStopsAndAnswersAnew() {
    try (Seen seen = new Seen(c -> c, wide())) {
      seen.open();
      seen.page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Chat")).click();
      assertThat(seen.page.locator("#model")).hasValue("tiny");
      seen.page.getByLabel("Most tokens").fill("12");
      seen.talk("the sky");
      assertThat(seen.page.locator(".said.user")).hasText("the sky");
      assertThat(seen.said().locator("small")).containsText(Pattern.compile("\\d+ tokens, "));
      String first = seen.said().innerText();
      assertThat(seen.page.getByText("Regenerate")).isEnabled();
      seen.page.getByText("Regenerate").click();
      assertThat(seen.said().locator("small")).containsText(Pattern.compile("\\d+ tokens, "));
      assertThat(seen.said()).hasCount(1);
      assertThat(first).isNotBlank();
      // The tiny model is too fast to be stopped: this answer never begins.
      seen.page.route("**/v1/chat/completions", route -> {});
      seen.talk("more");
      assertThat(seen.page.getByText("Stop")).isEnabled();
      seen.page.getByText("Stop").click();
      assertThat(seen.said().nth(1).locator("small")).hasText("stopped");
      assertThat(seen.page.getByText("Send")).isEnabled();
      seen.picture("chat");
      seen.page.getByText("New chat").click();
      assertThat(seen.page.locator(".said")).hasCount(0);
    }
  }

  @Test
  void theKeyboardReachesAll() {
    try (Seen seen = new Seen(c -> c, wide())) {
      seen.open();
      seen.page.keyboard().press("Tab");
      assertThat(seen.page.getByText("Skip to content")).isFocused();
      seen.page.keyboard().press("Tab");
      assertThat(seen.page.locator("#tab-watch")).isFocused();
      seen.page.keyboard().press("ArrowRight");
      assertThat(seen.page.locator("#chat")).isVisible();
      assertThat(seen.page.locator("#tab-chat")).isFocused();
      assertThat(seen.page.locator("#watch")).isHidden();
      seen.page.keyboard().press("ArrowLeft");
      assertThat(seen.page.locator("#watch")).isVisible();
    }
  }

  @Test
  void itFitsAPhone() {
    var phone = new Browser.NewContextOptions().setViewportSize(360, 740).setIsMobile(true);
    try (Seen seen = new Seen(c -> c, phone)) {
      seen.open();
      assertThat(seen.page.locator("#state")).containsText("up to date");
      for (String tab : List.of("Chat", "Dashboard")) {
        seen.page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(tab)).click();
        Object wide = seen.page.evaluate("document.documentElement.scrollWidth");
        assertThat(wide).as(tab).isEqualTo(360);
      }
      seen.picture("phone");
    }
  }

  @Test
  void itIsDarkWhereTheSystemIsAndLightOnRequest() {
    try (Seen seen = new Seen(c -> c, wide().setColorScheme(ColorScheme.DARK))) {
      seen.open();
      Locator body = seen.page.locator("body");
      assertThat(body).hasCSS("background-color", "rgb(16, 21, 28)");
      seen.picture("dark");
      seen.page.locator("#theme").click();
      assertThat(body).hasCSS("background-color", "rgb(246, 247, 249)");
      seen.page.reload();
      assertThat(body).hasCSS("background-color", "rgb(246, 247, 249)");
    }
  }

  @Test
  void theKeyIsTheBrowsersPassword() {
    String key = "a-key-of-this-test";
    var known = wide().setHttpCredentials("me", key);
    try (Seen seen = new Seen(c -> c.withKeys(ApiKeys.of(List.of(key))), known)) {
      seen.open();
      assertThat(seen.page.locator("#state")).containsText("up to date");
      seen.page.locator("#tab-chat").click();
      seen.page.getByLabel("Most tokens").fill("4");
      seen.talk("hello");
      assertThat(seen.said().locator("small")).containsText(Pattern.compile("\\d+ tokens, "));
    }
  }
}
