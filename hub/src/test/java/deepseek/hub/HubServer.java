package deepseek.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A local hub: one server that lists and redirects, a second one as the CDN, and injected faults
 * for a path's next requests.
 */
final class HubServer implements AutoCloseable {
  /** A fault injected into one GET of a file. */
  enum Fault {
    STATUS_500,
    STATUS_429,
    BREAK_MIDWAY,
    STALL_MIDWAY,
    HOLD_MIDWAY,
    WRONG_BYTES,
    TOO_LONG,
    IGNORE_RANGE
  }

  /** A request that was received. */
  record Seen(String server, String method, String path, Map<String, String> headers) {}

  /** A file's content and ETag. */
  private record Content(byte[] bytes, String etag, boolean large) {}

  private final HttpServer hub = start("hub");
  private final HttpServer cdn = start("cdn");
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Map<String, Content>> commits = new ConcurrentHashMap<>();
  private final Map<String, String> branches = new ConcurrentHashMap<>();
  private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final Map<String, String> etags = new ConcurrentHashMap<>();
  private volatile Optional<Long> statedSize = Optional.empty();
  final List<Seen> seen = new CopyOnWriteArrayList<>();

  private record Refusal(int status, String code) {}

  /** A reply that replaces the usual one. */
  record Reply(int status, Map<String, String> headers, String body) {
    static Reply redirect(String location) {
      return new Reply(302, Map.of("Location", location), "");
    }

    static Reply json(String body) {
      return new Reply(200, Map.of("Content-Type", "application/json"), body);
    }
  }

  private HttpServer start(String name) {
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server = HttpServer.create(address, 0);
      server.createContext("/", exchange -> handle(name, exchange));
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String endpoint() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  /** Adds a file to a commit and points a branch of the repository at it. */
  HubServer put(String id, String branch, String commit, String name, byte[] bytes, String etag) {
    boolean large = etag.length() == 64;
    commits
        .computeIfAbsent(id + "@" + commit, _ -> new TreeMap<>())
        .put(name, new Content(bytes, etag, large));
    branches.put(id + "@" + branch, commit);
    return this;
  }

  HubServer small(String id, String commit, String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return put(id, "main", commit, name, bytes, gitHash(bytes));
  }

  HubServer large(String id, String commit, String name, byte[] bytes) {
    return put(id, "main", commit, name, bytes, hash("SHA-256", bytes));
  }

  void fail(String name, Fault... inOrder) {
    faults.computeIfAbsent(name, _ -> new ArrayDeque<>()).addAll(List.of(inOrder));
  }

  /** Answers everything about a repository with an error. */
  void refuse(String id, int status, String code) {
    refusals.put(id, new Refusal(status, code));
  }

  /** Gives the hub one reply for requests of this method whose path ends like this. */
  void reply(String method, String end, Reply reply) {
    replies.put(method + " .*" + Pattern.quote(end), reply);
  }

  /** Returns to the usual replies. */
  void replyAsUsual() {
    replies.clear();
  }

  /** Gives a file an ETag other than its hash, which the file list still has. */
  void claimEtag(String name, String etag) {
    etags.put(name, etag);
  }

  String cdn() {
    return "http://127.0.0.1:" + cdn.getAddress().getPort();
  }

  /** Makes every large file claim this size. */
  void stateSize(long size) {
    statedSize = Optional.of(size);
  }

  long count(String server, String method, String end) {
    return seen.stream()
        .filter(s -> s.server().equals(server) && s.method().equals(method))
        .filter(s -> s.path().endsWith(end))
        .count();
  }

  static String gitHash(byte[] bytes) {
    byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[head.length + bytes.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    return hash("SHA-1", all);
  }

  static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private void handle(String server, HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      Map<String, String> headers = new TreeMap<>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
      String method = exchange.getRequestMethod();
      seen.add(new Seen(server, method, path, headers));
      Optional<Reply> reply =
          replies.entrySet().stream()
              .filter(_ -> server.equals("hub"))
              .filter(entry -> (method + " " + path).matches(entry.getKey()))
              .map(Map.Entry::getValue)
              .findFirst();
      if (reply.isPresent()) {
        send(exchange, reply.get());
      } else if (path.startsWith("/api/models/")) {
        list(exchange, path.substring("/api/models/".length()));
      } else if (path.contains("/resolve/")) {
        resolve(server, exchange, path);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    reply.headers().forEach(exchange.getResponseHeaders()::set);
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private boolean refused(HttpExchange exchange, String id) throws IOException {
    Refusal refusal = refusals.get(id);
    if (refusal != null) {
      exchange.getResponseHeaders().set("X-Error-Code", refusal.code());
      exchange.sendResponseHeaders(refusal.status(), -1);
    }
    return refusal != null;
  }

  private void list(HttpExchange exchange, String rest) throws IOException {
    String[] parts = rest.split("/(revision|tree)/", 2);
    if (refused(exchange, parts[0])) {
      return;
    }
    String commit = branches.getOrDefault(parts[0] + "@" + parts[1], parts[1]);
    Map<String, Content> files = commits.get(parts[0] + "@" + commit);
    if (files == null) {
      boolean known = branches.keySet().stream().anyMatch(b -> b.startsWith(parts[0] + "@"));
      exchange
          .getResponseHeaders()
          .set("X-Error-Code", known ? "RevisionNotFound" : "RepoNotFound");
      exchange.sendResponseHeaders(known ? 404 : 401, -1);
      return;
    }
    if (rest.contains("/tree/")) {
      answer(exchange, tree(files));
      return;
    }
    ObjectNode model = new ObjectMapper().createObjectNode().put("sha", commit).put("id", parts[0]);
    ArrayNode siblings = model.putArray("siblings");
    files.forEach(
        (name, content) -> {
          ObjectNode file = siblings.addObject().put("rfilename", name);
          long size = content.large() ? stated(content) : content.bytes().length;
          file.put("size", size).put("blobId", gitHash(content.bytes()));
          if (content.large()) {
            file.putObject("lfs")
                .put("sha256", content.etag())
                .put("size", content.bytes().length)
                .put("pointerSize", 130);
          }
        });
    answer(exchange, model);
  }

  private static void answer(HttpExchange exchange, JsonNode json) throws IOException {
    byte[] body = new ObjectMapper().writeValueAsBytes(json);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  /** The hub's other file list, which its own client prefers. */
  private static ArrayNode tree(Map<String, Content> files) {
    ArrayNode entries = new ObjectMapper().createArrayNode();
    files.forEach(
        (name, content) -> {
          ObjectNode file = entries.addObject().put("type", "file").put("path", name);
          file.put("size", content.bytes().length).put("oid", gitHash(content.bytes()));
          if (content.large()) {
            file.putObject("lfs")
                .put("oid", content.etag())
                .put("size", content.bytes().length)
                .put("pointerSize", 130);
          }
        });
    return entries;
  }

  private void resolve(String server, HttpExchange exchange, String path) throws IOException {
    String[] idAndRest = path.substring(1).split("/resolve/", 2);
    String[] commitAndName = idAndRest[1].split("/", 2);
    if (refused(exchange, idAndRest[0])) {
      return;
    }
    String commit = branches.getOrDefault(idAndRest[0] + "@" + commitAndName[0], commitAndName[0]);
    Map<String, Content> files = commits.getOrDefault(idAndRest[0] + "@" + commit, Map.of());
    Content content = files.get(commitAndName[1]);
    Headers headers = exchange.getResponseHeaders();
    headers.set("X-Repo-Commit", commit);
    if (content == null) {
      headers.set("X-Error-Code", "EntryNotFound");
      exchange.sendResponseHeaders(404, -1);
    } else if (content.large() && server.equals("hub")) {
      headers.set("X-Linked-Etag", "\"" + etag(commitAndName[1], content) + "\"");
      headers.set("X-Linked-Size", String.valueOf(stated(content)));
      headers.set("Location", cdn() + path);
      exchange.sendResponseHeaders(302, -1);
    } else {
      String prefix = server.equals("cdn") ? "cdn-" : "";
      headers.set("ETag", "\"" + prefix + etag(commitAndName[1], content) + "\"");
      send(exchange, commitAndName[1], content.bytes());
    }
  }

  private String etag(String name, Content content) {
    return etags.getOrDefault(name, content.etag());
  }

  private long stated(Content content) {
    return statedSize.orElse((long) content.bytes().length);
  }

  private void send(HttpExchange exchange, String name, byte[] bytes) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    Deque<Fault> queue = faults.getOrDefault(name, new ArrayDeque<>());
    @Nullable Fault fault;
    synchronized (queue) {
      fault = queue.poll();
    }
    if (fault == Fault.STATUS_500 || fault == Fault.STATUS_429) {
      headers.set("Retry-After", "0");
      exchange.sendResponseHeaders(fault == Fault.STATUS_500 ? 500 : 429, -1);
      return;
    }
    int from = fault == Fault.IGNORE_RANGE ? 0 : rangeStart(exchange, headers.getFirst("ETag"));
    if (from >= bytes.length && from > 0) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    byte[] body = java.util.Arrays.copyOfRange(bytes, from, bytes.length);
    if (fault == Fault.WRONG_BYTES) {
      body[body.length / 2] ^= 1;
    }
    if (from > 0) {
      headers.set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    boolean tooLong = fault == Fault.TOO_LONG;
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length + (tooLong ? 1 : 0));
    boolean half =
        fault == Fault.BREAK_MIDWAY || fault == Fault.STALL_MIDWAY || fault == Fault.HOLD_MIDWAY;
    int first = half ? body.length / 2 : body.length;
    exchange.getResponseBody().write(body, 0, first);
    exchange.getResponseBody().flush();
    if (tooLong) {
      exchange.getResponseBody().write(0);
    }
    if (fault == Fault.STALL_MIDWAY) {
      await(closing);
    }
    if (fault == Fault.HOLD_MIDWAY) {
      await(held);
      exchange.getResponseBody().write(body, first, body.length - first);
    }
  }

  /** Resumes transfers that are paused midway. */
  void release() {
    held.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ranges as in RFC 9110: If-Range with another validator requests the whole file. */
  private static int rangeStart(HttpExchange exchange, String etag) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
    boolean valid = range != null && (ifRange == null || ifRange.equals(etag));
    return valid ? Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1")) : 0;
  }

  @Override
  public void close() {
    closing.countDown();
    held.countDown();
    hub.stop(0);
    cdn.stop(0);
  }
}
