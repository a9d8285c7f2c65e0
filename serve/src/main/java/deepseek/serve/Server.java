package deepseek.serve;

import deepseek.serve.answers.Forms;
import deepseek.serve.answers.House;
import deepseek.serve.dashboard.Dashboard;
import deepseek.serve.dashboard.Monitor;
import deepseek.serve.http.Bodies;
import deepseek.serve.http.Gate;
import deepseek.serve.http.InFlight;
import deepseek.serve.http.Pages;
import deepseek.serve.metrics.ServeMetrics;
import deepseek.serve.shelf.ModelShelf;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * A server of models.
 *
 * <pre>{@code
 * var model = ServedModel.of("smollm2:135m", Task.TEXT);
 * try (Server server = Server.start(ServeConfig.of(List.of(model)).withAddress("127.0.0.1", 8080))) {
 *   System.out.println("http://127.0.0.1:" + server.port() + "/v1");
 *   server.awaitEnd();
 * }
 * }</pre>
 */
public final class Server implements AutoCloseable {
  private static final Duration BRIEFLY = Duration.ofSeconds(5);

  private final ModelShelf shelf;
  private final InFlight inFlight;
  private final ServeMetrics metrics;
  private final Monitor monitor;
  private final Routes routes;
  private final ServeConfig config;
  private final WebServer web;
  private boolean closed;

  private Server(
      ServeConfig config,
      ModelShelf shelf,
      InFlight inFlight,
      ServeMetrics metrics,
      Monitor monitor,
      Routes routes,
      WebServer web) {
    this.config = config;
    this.shelf = shelf;
    this.inFlight = inFlight;
    this.metrics = metrics;
    this.monitor = monitor;
    this.routes = routes;
    this.web = web;
  }

  /**
   * Starts a server, which opens its models when they are asked for.
   *
   * @throws ServeException where the address is taken, or the certificate is of no use
   */
  public static Server start(ServeConfig config) {
    Pages pages = pages(config);
    ModelShelf shelf = new ModelShelf(config.models(), config.memoryBudget());
    InFlight inFlight = new InFlight();
    ServeMetrics metrics = new ServeMetrics(shelf, inFlight);
    Monitor monitor = startMonitor(shelf, metrics, config);
    Gate gate =
        new Gate(
            config.keys(),
            config.rate(),
            pages,
            new Bodies(config.limits()),
            exchange -> {
              metrics.count(exchange);
              monitor.hear(exchange);
              config.log().write(exchange);
            },
            inFlight);
    House house = new House(shelf, config.limits(), config.guards(), new Forms());
    Routes routes = new Routes(gate, house, inFlight, metrics, new Dashboard(monitor));
    HttpRouting.Builder routing = HttpRouting.builder();
    routes.addTo(routing);
    try {
      return new Server(config, shelf, inFlight, metrics, monitor, routes, listen(config, routing));
    } catch (ServeException e) {
      shelf.close();
      metrics.close();
      monitor.close();
      throw e;
    }
  }

  private static Monitor startMonitor(ModelShelf shelf, ServeMetrics metrics, ServeConfig config) {
    try {
      return Monitor.start(shelf, config.history());
    } catch (ServeException e) {
      shelf.close();
      metrics.close();
      throw e;
    }
  }

  private static Pages pages(ServeConfig config) {
    try {
      boolean isLocal = InetAddress.getByName(config.host()).isLoopbackAddress();
      return isLocal && !config.keys().areNeeded()
          ? Pages.ofLocal(config.origins())
          : Pages.of(config.origins());
    } catch (UnknownHostException e) {
      throw new ServeException(
          "listen on " + config.host(), "a known address", e.toString(), "choose another", e);
    }
  }

  private static WebServer listen(ServeConfig config, HttpRouting.Builder routing) {
    WebServerConfig.Builder builder =
        WebServer.builder()
            .host(config.host())
            .port(config.port())
            .maxPayloadSize(config.limits().bodyBytes())
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofMillis(500))
            .directHandlers(directHandlers())
            .routing(routing);
    config
        .tls()
        .ifPresent(
            files ->
                builder.tls(
                    Tls.builder()
                        .sslContext(files.context())
                        .addApplicationProtocol("h2")
                        .addApplicationProtocol("http/1.1")
                        .build()));
    WebServer web = builder.build().start();
    if (!web.isRunning()) {
      throw new ServeException(
          "listen on " + config.host() + ":" + config.port(),
          "a free address of this machine",
          whyNot(config),
          "choose another --host or --port");
    }
    return web;
  }

  /** The web server tells only its log. */
  private static String whyNot(ServeConfig config) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(config.host(), config.port()));
      return "an error that has passed";
    } catch (IOException e) {
      return e.getMessage() + "";
    }
  }

  /** What is refused before it reaches a route, such as a body that says it is too long. */
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, new Refusal());
    }
    return handlers.build();
  }

  /** The port that it listens on. */
  public int port() {
    return web.port();
  }

  /** The routes that need a key. */
  List<Routes.Route> routes() {
    return routes.all();
  }

  /** The models that it serves. */
  public ModelShelf shelf() {
    return shelf;
  }

  /**
   * Refuses new requests and waits until those that are being answered have been, at most this
   * long; whether all have. {@code /health/ready} says no from here on.
   */
  public boolean drain(Duration most) throws InterruptedException {
    inFlight.refuseNew();
    return inFlight.awaitNone(most);
  }

  /** Waits until the server is closed, by another thread. */
  public synchronized void awaitEnd() throws InterruptedException {
    while (!closed) {
      wait();
    }
  }

  /** Ends what is being answered, with an error to its client, and closes the models. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    inFlight.refuseNew();
    inFlight.cancelAll();
    boolean wasInterrupted = false;
    try {
      inFlight.awaitNone(BRIEFLY);
    } catch (InterruptedException e) {
      wasInterrupted = true;
    }
    web.stop();
    monitor.close();
    shelf.close();
    config.guards().close();
    metrics.close();
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
