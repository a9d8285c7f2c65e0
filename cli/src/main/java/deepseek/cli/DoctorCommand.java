package deepseek.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import deepseek.bench.machine.Cpu;
import deepseek.bench.machine.MachineSpeed;
import deepseek.compute.Device;
import deepseek.compute.Libtorch;
import deepseek.compute.Machine;
import deepseek.hub.HubOptions;
import deepseek.models.PackedFiles;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Says what this machine has, how fast it is, and what will be used. */
@Command(
    name = "doctor",
    header = "Show what this machine has, how fast it is, and what is used.",
    footer = {
      "",
      "Decoding reads every weight once per token, so memory bandwidth over the size",
      "of the weights bounds tokens per second; prefill is bounded by matrix products.",
      "",
      "Examples:",
      "  deepseek doctor",
      "  deepseek doctor --no-measure     facts only, at once",
      "  deepseek doctor --no-measure --json | jq .machine",
    })
final class DoctorCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BF16 = "bf16, because the processor multiplies it (--dtype)";
  private static final String FP32 = "fp32, because bf16 would be slower here (--dtype)";
  private static final Pattern ONEDNN = Pattern.compile("MKL-DNN v([0-9.]+)");
  private static final Pattern BLAS = Pattern.compile("BLAS_INFO=(\\w+)");

  @Mixin private Common common;
  @ParentCommand private Deepseek deepseek;

  /** Headings to keys to lines, in the order in which they are found out. */
  private final Map<String, Map<String, List<String>>> report = new LinkedHashMap<>();

  private Map<String, List<String>> section = Map.of();
  private String key = "";

  @Option(
      names = "--json",
      description = "Print one JSON object: a heading's lines by their names.")
  private boolean json;

  @Option(
      names = "--measure",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Measure memory bandwidth and matrix products (default; about 3 s).")
  private boolean measure;

  @Override
  public void run() {
    machine();
    software();
    backend();
    places();
    if (measure) {
      speed();
    }
    if (json) {
      deepseek.console().out().println(JSON.valueToTree(report).toString());
    }
  }

  private void machine() {
    Cpu cpu = Cpu.ofThisMachine();
    heading("Machine");
    line("CPU", cpu.model());
    line("instructions", cpu.features().isEmpty() ? "not told" : String.join(" ", cpu.features()));
    line("cores", Runtime.getRuntime().availableProcessors() + " usable by this process");
    line("memory", Sizes.text(totalMemory()) + ", " + Sizes.text(freeMemory()) + " free");
    line(
        "system",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
  }

  private void software() {
    Version version = new Version();
    heading("Software");
    line("deepseek", version.program());
    line("JDK", System.getProperty("java.vm.name") + " " + Runtime.version());
    line("libtorch", version.libtorch() + " for " + version.platform());
    String build = Libtorch.buildConfig();
    line(
        "",
        "oneDNN "
            + found(ONEDNN, build)
            + ", BLAS "
            + found(BLAS, build).replace("open", "OpenBLAS"));
    if (common.isVerbose()) {
      build.lines().forEach(text -> line("", text.strip()));
    }
  }

  private void backend() {
    heading("Backend");
    line("device", Libtorch.has(Device.cuda(0)) ? "cuda:0, which libtorch finds" : cpuReason());
    line("kernels", Libtorch.cpuCapability() + ", chosen by libtorch from the instructions above");
    line("weights", Machine.hasFastBfloat16() ? BF16 : FP32);
    line("threads", Machine.threads() + " for one operation (--threads)");
  }

  private static String cpuReason() {
    return new Version().platform().endsWith("-gpu")
        ? "cpu, because libtorch finds no CUDA device: see whether nvidia-smi lists one"
        : "cpu, because this libtorch is built without CUDA: build with -Pcuda for a GPU";
  }

  private void places() {
    HubOptions hub = HubOptions.fromEnvironment();
    heading("Places");
    line("models", hub.hubCache() + " (HF_HUB_CACHE, HF_HOME)");
    line("", hub.packageCache() + " (DEEPSEEK_CACHE), from packages");
    line("packed", packed(hub));
    line("natives", Path.of(System.getProperty("user.home"), ".javacpp", "cache").toString());
    line("hub", hub.shownEndpoint() + ", " + access(hub));
    line("maven:", program(hub, "mvn"));
    line("pypi:", program(hub, "pip", "pip3", "python3", "python"));
  }

  private static String packed(HubOptions hub) {
    return switch (PackedFiles.fromEnvironment()) {
      case KEEP -> "beside each model as *.packed, else in " + hub.packageCache().resolve("packed");
      case CACHE -> "in " + hub.packageCache().resolve("packed");
      case OFF -> "not kept, because DEEPSEEK_PACKED=off";
    };
  }

  private static String access(HubOptions hub) {
    return switch (hub.network()) {
      case OFFLINE -> "not asked, because HF_HUB_OFFLINE is set";
      case ONLINE -> hub.token().isPresent() ? "with a token" : "without a token";
    };
  }

  private static String program(HubOptions hub, String... names) {
    for (String name : names) {
      for (Path folder : hub.searchPath()) {
        if (Files.isExecutable(folder.resolve(name))) {
          return "fetched with " + folder.resolve(name);
        }
      }
    }
    return "can't be fetched, because " + names[0] + " is not on the PATH";
  }

  private void speed() {
    heading("Speed");
    MachineSpeed speed = MachineSpeed.measured();
    line("memory", Sizes.withPrefix(speed.readBandwidth()) + "B/s read");
    speed
        .products()
        .forEach(
            (dtype, perSecond) ->
                line(dtype.torchName(), Sizes.withPrefix(perSecond) + "FLOP/s in matrix products"));
    line(
        "so",
        "a 1 GB model decodes at most %.0f tokens/s here".formatted(speed.readBandwidth() / 1e9));
  }

  private void heading(String text) {
    section = report.computeIfAbsent(text.toLowerCase(Locale.ROOT), _ -> new LinkedHashMap<>());
    if (!json) {
      deepseek.console().out().println(text);
    }
  }

  /** A line of its own, or with an empty name one more of the last name. */
  private void line(String name, String value) {
    key = name.isEmpty() ? key : name.replace(":", "");
    section.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
    if (!json) {
      deepseek.console().out().printf("  %-13s %s%n", name, value);
    }
  }

  private static String found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "not named";
  }

  private static com.sun.management.OperatingSystemMXBean system() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
  }

  private static long totalMemory() {
    return system().getTotalMemorySize();
  }

  private static long freeMemory() {
    return system().getFreeMemorySize();
  }
}
