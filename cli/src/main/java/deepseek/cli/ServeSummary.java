package deepseek.cli;

import deepseek.serve.ServeConfig;
import deepseek.serve.Server;
import deepseek.serve.shelf.Loaded;
import deepseek.serve.shelf.ModelShelf;
import deepseek.serve.shelf.ServedModel.Task;
import java.io.PrintWriter;
import java.util.Locale;

/** What a server says when it has started: where it is, what it serves, what to try. */
record ServeSummary(ServeConfig config, Server server, Version version) {
  void print(PrintWriter out) {
    String base = address();
    out.printf("deepseek %s serves on %s%n", version.program(), base);
    for (ModelShelf.State state : server.shelf().states()) {
      out.printf(
          "  %-32s %-10s %s%n",
          state.served().name(),
          state.served().task().name().toLowerCase(Locale.ROOT),
          about(state));
    }
    if (!config.keys().areNeeded() && !isLocal()) {
      out.println("Whoever reaches this address may use it: --api-key-file asks for keys.");
    }
    out.println("Try:");
    out.println("  " + example(base));
    out.flush();
  }

  /** Where the server is, as the beginning of a URL. */
  String address() {
    String scheme = config.tls().isPresent() ? "https" : "http";
    return "%s://%s:%d".formatted(scheme, host(), server.port());
  }

  private String host() {
    return config.host().contains(":") ? "[" + config.host() + "]" : config.host();
  }

  private boolean isLocal() {
    return config.host().startsWith("127.")
        || config.host().equals("localhost")
        || config.host().equals("::1");
  }

  private String about(ModelShelf.State state) {
    if (state.hasFailed()) {
      return "could not be opened";
    }
    String context =
        server
            .shelf()
            .peek(state.served().name(), Loaded.Text.class)
            .map(text -> ", context " + text.model().contextLength())
            .orElse("");
    return state.isOpen() ? Sizes.text(state.bytes()) + context : "opened when asked for";
  }

  private String example(String base) {
    ModelShelf.State first =
        server.shelf().states().stream()
            .filter(state -> state.served().task() == Task.TEXT)
            .findFirst()
            .orElse(server.shelf().states().getFirst());
    String name = first.served().name();
    String key = config.keys().areNeeded() ? " -H 'Authorization: Bearer KEY'" : "";
    String[] call =
        switch (first.served().task()) {
          case TEXT ->
              new String[] {
                "chat/completions",
                "\"messages\": [{\"role\": \"user\", \"content\": \"Why is the sky blue?\"}]"
              };
          case EMBEDDING -> new String[] {"embeddings", "\"input\": \"A cat sleeps.\""};
          case RANKING ->
              new String[] {
                "rerank", "\"query\": \"cats\", \"documents\": [\"A cat.\", \"A dog.\"]"
              };
        };
    return "curl %s/v1/%s%s -H 'Content-Type: application/json' -d '{\"model\": \"%s\", %s}'"
        .formatted(base, call[0], key, name, call[1]);
  }
}
