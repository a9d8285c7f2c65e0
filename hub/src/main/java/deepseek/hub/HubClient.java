package deepseek.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The hub's protocol: {@code GET /api/models/ID/revision/REVISION} lists the files of a commit,
 * {@code HEAD /ID/resolve/COMMIT/FILE} returns a file's hash and size, {@code GET} its content,
 * usually by a redirect to another host. The account's token is sent only to the hub itself.
 */
final class HubClient {
  private static final int MAX_JSON = 64 << 20;
  private static final int MAX_REDIRECTS = 8;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY = 429;
  private static final int SERVER_ERROR = 500;
  private static final Set<Integer> WHOLE_OR_PART = Set.of(200, 206);
  private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  private final HubOptions options;
  private final Progress progress;
  private final Web web;

  HubClient(HubOptions options, Progress progress) {
    this.options = options;
    this.progress = progress;
    this.web = new Web(options);
  }

  /**
   * A file as the hub offers it.
   *
   * @param etag its name in the cache; usually the content's hash
   * @param size in bytes, -1 if unknown
   * @param hash of the content: the listed one, else the ETag if it is a hash
   */
  record RemoteFile(
      String id, String name, URI uri, String etag, long size, Optional<StatedHash> hash) {}

  HubListing list(ModelSource.Hub source) {
    URI uri =
        at("api/models/" + source.id() + "/revision/" + encoded(source.revision()) + "?blobs=true");
    return reach(
        source.id(),
        () -> {
          try (Web.Answer answer = follow("GET", uri, Map.of(), source)) {
            byte[] body = answer.body().readNBytes(MAX_JSON + 1);
            if (body.length > MAX_JSON) {
              throw new IOException("the list of files is longer than " + MAX_JSON + " bytes");
            }
            ObjectNode model = StrictJson.object("list the files of " + source.id(), body);
            return HubListing.fromApi(model);
          }
        });
  }

  RemoteFile locate(ModelSource.Hub source, String commit, String name, HubListing.Entry listed) {
    StringBuilder path = new StringBuilder(source.id()).append("/resolve/").append(commit);
    for (String part : name.split("/")) {
      path.append('/').append(encoded(part));
    }
    URI uri = at(path.toString());
    return reach(name, () -> head(source, name, uri, listed));
  }

  private RemoteFile head(ModelSource.Hub source, String name, URI uri, HubListing.Entry listed)
      throws IOException {
    URI next = uri;
    String etag = "";
    String size = "";
    for (int hops = 0; hops < MAX_REDIRECTS; hops++) {
      try (Web.Answer answer = web.send("HEAD", next, authorised(next))) {
        requireSuccess(answer, source);
        etag = etag.isEmpty() ? answer.header("x-linked-etag") : etag;
        size = size.isEmpty() ? answer.header("x-linked-size") : size;
        URI target = answer.isRedirect() ? answer.target() : next;
        // A redirect to another host leads to the content; this response has all the metadata.
        if (!answer.isRedirect() || (!etag.isEmpty() && !isHub(target))) {
          String plain = answer.isRedirect() ? "" : answer.header("etag");
          String length = answer.isRedirect() ? "" : answer.header("content-length");
          String tag = normalEtag(etag.isEmpty() ? plain : etag, name);
          return new RemoteFile(
              source.id(),
              name,
              uri,
              tag,
              listed.size() >= 0 ? listed.size() : size(size.isEmpty() ? length : size),
              listed.stated().or(() -> StatedHash.ofEtag(tag)));
        }
        next = target;
      }
    }
    throw goesRound(name);
  }

  private static DataException goesRound(String what) {
    return new DataException(
        "fetch " + what,
        "at most " + MAX_REDIRECTS + " redirects",
        "more",
        "check that HF_ENDPOINT is a hub, and the proxy in between");
  }

  private static long size(String header) {
    return header.matches("\\d{1,18}") ? Long.parseLong(header) : -1;
  }

  /** An ETag without the weakness prefix and quotes; checked, because it becomes a file name. */
  private static String normalEtag(String header, String name) {
    String etag = header.replaceFirst("^W/", "").replace("\"", "");
    if (!ETAG.matcher(etag).matches()) {
      throw new DataException(
          "fetch " + name,
          "an ETag to check the file by",
          etag.isEmpty() ? "none" : "'" + etag.replaceAll("\\p{Cntrl}", "?") + "'",
          "check that HF_ENDPOINT is a hub");
    }
    return etag;
  }

  /**
   * Opens a file's content from an offset on.
   *
   * @param validator the ETag of the bytes received before; if it has changed, the server sends the
   *     whole file
   */
  Web.Answer open(RemoteFile file, ModelSource.Hub source, long offset, Optional<String> validator)
      throws IOException {
    Map<String, String> headers = new HashMap<>();
    if (offset > 0) {
      headers.put("Range", "bytes=" + offset + "-");
      validator.ifPresent(etag -> headers.put("If-Range", etag));
    }
    return follow("GET", file.uri(), headers, source);
  }

  private Web.Answer follow(
      String method, URI uri, Map<String, String> headers, ModelSource.Hub source)
      throws IOException {
    URI next = uri;
    for (int hops = 0; hops < MAX_REDIRECTS; hops++) {
      Map<String, String> all = new HashMap<>(headers);
      all.putAll(authorised(next));
      Web.Answer answer = web.send(method, next, all);
      if (!answer.isRedirect()) {
        try {
          requireSuccess(answer, source);
        } catch (IOException | RuntimeException e) {
          answer.close();
          throw e;
        }
        return answer;
      }
      try (answer) {
        next = answer.target();
      }
    }
    throw goesRound(source.toString());
  }

  /** The token's header, only for the server that it belongs to. */
  private Map<String, String> authorised(URI target) {
    return options
        .token()
        .filter(token -> isHub(target))
        .map(token -> Map.of("Authorization", "Bearer " + token.secret()))
        .orElse(Map.of());
  }

  private boolean isHub(URI target) {
    URI hub = options.endpoint();
    return hub.getScheme().equals(target.getScheme())
        && hub.getHost().equalsIgnoreCase(String.valueOf(target.getHost()))
        && hub.getPort() == target.getPort();
  }

  private void requireSuccess(Web.Answer answer, ModelSource.Hub source) throws IOException {
    int status = answer.status();
    // 416 is the response to a resumed transfer, which the caller restarts.
    if (WHOLE_OR_PART.contains(status) || status == HubDownload.RANGE_NOT_SATISFIABLE) {
      requireUnpacked(answer, source);
      return;
    }
    if (answer.isRedirect()) {
      return;
    }
    if (status == REQUEST_TIMEOUT || status == TOO_MANY || status >= SERVER_ERROR) {
      throw new Retries.Passing(
          answer.uri().getHost() + " answered " + status, retryAfter(answer.header("retry-after")));
    }
    throw HubErrors.of(answer, source, options);
  }

  /** Requires an identity encoding, since hash and size are those of the uncompressed file. */
  private static void requireUnpacked(Web.Answer answer, ModelSource.Hub source) {
    String encoding = answer.header("content-encoding");
    if (!encoding.isEmpty() && !encoding.equals("identity")) {
      throw new DataException(
          "fetch " + source,
          "the bytes themselves, as asked for",
          "Content-Encoding '" + encoding + "'",
          "check that HF_ENDPOINT is a hub, and the proxy in between");
    }
  }

  private static Optional<Duration> retryAfter(String header) {
    return header.matches("\\d{1,4}")
        ? Optional.of(Duration.ofSeconds(Integer.parseInt(header)))
        : Optional.empty();
  }

  private <T> T reach(String what, Retries.Attempt<T> attempt) {
    try {
      return new Retries(what, options.patience(), progress).call(attempt);
    } catch (IOException e) {
      throw HubErrors.unreachable(what, e, options);
    }
  }

  private URI at(String path) {
    return URI.create(options.endpoint() + "/" + path);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
