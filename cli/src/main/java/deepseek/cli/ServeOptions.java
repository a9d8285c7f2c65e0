package deepseek.cli;

import deepseek.compute.Device;
import deepseek.models.AutoModel;
import deepseek.models.ModelOptions;
import deepseek.serve.ServeConfig;
import deepseek.serve.TlsFiles;
import deepseek.serve.guard.AuditLog;
import deepseek.serve.guard.ClassifierGuard;
import deepseek.serve.guard.Guard;
import deepseek.serve.guard.Guard.Direction;
import deepseek.serve.guard.Guards;
import deepseek.serve.guard.PatternGuard;
import deepseek.serve.http.AccessLog;
import deepseek.serve.http.ApiKeys;
import deepseek.serve.http.Limits;
import deepseek.serve.http.RateLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Who may use a server, and what for. */
final class ServeOptions {
  private static final String KEY_VARIABLE = "DEEPSEEK_API_KEY";

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Where to listen; 0.0.0.0 for all addresses of this machine. Default: 127.0.0.1.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Which port; 0 takes a free one. Default: 8080.")
  private Optional<Integer> port;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "Keys, one a line, of which requests need one. Default: the key in "
              + KEY_VARIABLE
              + ", or none.")
  private Optional<Path> keyFile;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Serve HTTPS: the certificate, with those that vouch for it, in PEM.")
  private Optional<Path> certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key, in PEM (PKCS #8).")
  private Optional<Path> certificateKey;

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      description = "Pages that may use the server from a browser; * for all.")
  private List<String> origins = List.of();

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Requests a minute for each key. Default: any number.")
  private Optional<Integer> rate;

  @Option(
      names = "--max-body",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "Bytes of a request. Default: 8 MiB.")
  private Optional<Long> body;

  @Option(
      names = "--max-answers",
      paramLabel = "N",
      description = "Answers to one request, the API's n. Default: 16.")
  private Optional<Integer> answers;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Tokens of one answer. Default: 32768.")
  private Optional<Integer> tokens;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Time of one request. Default: 600.")
  private Optional<Integer> timeout;

  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "A line of JSON for each request; - for standard output.")
  private Optional<Path> log;

  @Option(names = "--log-prompts", description = "Also log what people write.")
  private boolean logsPrompts;

  @Option(
      names = "--deny",
      paramLabel = "FILE",
      description = "Regular expressions (RE2), one a line, of texts that are refused.")
  private Optional<Path> denied;

  @Option(
      names = "--guard",
      paramLabel = "MODEL",
      converter = NamedModel.Converter.class,
      description = "LABEL=MODEL: refuse texts to which this classifier gives the label.")
  private Optional<NamedModel> guard;

  @Option(
      names = "--guard-score",
      paramLabel = "X",
      description = "The score from which it counts, up to 1. Default: 0.5.")
  private Optional<Double> guardScore;

  @Option(
      names = "--guard-inputs-only",
      description = "Let answers pass unseen, so that they stream as they come.")
  private boolean guardsInputsOnly;

  @Option(
      names = "--audit-log",
      paramLabel = "FILE",
      description = "To which a line of JSON is added for each refused text.")
  private Optional<Path> audit;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Where the dashboard's figures of 30 days are kept. Default: not kept.")
  private Optional<Path> history;

  /** These options in a config, besides the models. */
  ServeConfig resolve(CommandSpec command, ServeConfig bare, Console console) {
    ServeConfig config =
        Usage.of(command, "--port", port.orElse(8080), n -> bare.withAddress(host, n));
    config = config.withKeys(keys()).withLimits(limits(command)).withOrigins(origins);
    config =
        Usage.with(
            command,
            "--rate",
            rate,
            config,
            (c, n) -> c.withRate(new RateLimit(n, Math.max(1, n))));
    if (certificate.isPresent() != certificateKey.isPresent()) {
      throw Usage.wrong(command, "--tls-cert", "--tls-key besides", "one of the two alone");
    }
    if (certificate.isPresent()) {
      config = config.withTls(new TlsFiles(certificate.get(), certificateKey.orElseThrow()));
    }
    if (log.isPresent()) {
      config = config.withLog(accessLog(log.get(), console));
    }
    config = history.isPresent() ? config.withHistory(history.get()) : config;
    return config.withGuards(guards());
  }

  private ApiKeys keys() {
    return keyFile
        .map(ApiKeys::read)
        .or(() -> Optional.ofNullable(System.getenv(KEY_VARIABLE)).map(k -> ApiKeys.of(List.of(k))))
        .orElseGet(ApiKeys::none);
  }

  private Limits limits(CommandSpec command) {
    Limits limits = Limits.defaults();
    limits = Usage.with(command, "--max-body", body, limits, Limits::withBodyBytes);
    limits = Usage.with(command, "--max-answers", answers, limits, Limits::withChoices);
    limits = Usage.with(command, "--max-tokens", tokens, limits, Limits::withNewTokens);
    return Usage.with(
        command,
        "--timeout",
        timeout,
        limits,
        (whole, seconds) -> whole.withTime(Duration.ofSeconds(seconds)));
  }

  private AccessLog accessLog(Path file, Console console) {
    AccessLog.Texts texts = logsPrompts ? AccessLog.Texts.LOGGED : AccessLog.Texts.LEFT_OUT;
    return file.toString().equals("-")
        ? new AccessLog(console.out(), texts)
        : AccessLog.to(file, texts);
  }

  private Guards guards() {
    Set<Direction> directions =
        guardsInputsOnly ? EnumSet.of(Direction.INPUT) : EnumSet.allOf(Direction.class);
    List<Guard> all = new ArrayList<>();
    denied.ifPresent(file -> all.add(PatternGuard.read(file, directions)));
    guard.ifPresent(model -> all.add(classifier(model, directions)));
    if (all.isEmpty()) {
      return Guards.none();
    }
    return new Guards(all, audit.map(AuditLog::new));
  }

  private Guard classifier(NamedModel model, Set<Direction> directions) {
    return ClassifierGuard.open(
        model.source(),
        directions,
        AutoModel.classifier(model.source(), ModelOptions.defaults().withDevice(Device.CPU)),
        model.name(),
        guardScore.orElse(0.5));
  }
}
