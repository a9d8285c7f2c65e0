package deepseek.bench.speed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.bench.machine.Cpu;
import deepseek.bench.machine.MachineSpeed;
import java.io.PrintWriter;

/** A line of JSON for each thing, for programs; what llama-bench has too is named as there. */
public final class JsonLines implements BenchReport {
  private final PrintWriter out;

  public JsonLines(PrintWriter out) {
    this.out = out;
  }

  private static ObjectNode line(String kind) {
    return JsonNodeFactory.instance.objectNode().put("kind", kind);
  }

  private static ObjectNode line(String kind, Workload workload) {
    ObjectNode line = line(kind).put("test", workload.name());
    boolean prompt = workload.kind() == Workload.Kind.PROMPT;
    line.put("n_prompt", prompt ? workload.tokens() : 0);
    return line.put("n_gen", prompt ? 0 : workload.tokens());
  }

  @Override
  public void machine(Cpu cpu, int threads, MachineSpeed speed) {
    ObjectNode line = line("machine").put("cpu_info", cpu.model());
    ArrayNode features = line.putArray("cpu_features");
    cpu.features().forEach(features::add);
    line.put("n_threads", threads).put("busy", speed.busy());
    line.put("read_bandwidth", speed.readBandwidth());
    speed.products().forEach((dtype, value) -> line.put(dtype.torchName() + "_flops", value));
    out.println(line);
  }

  @Override
  public void model(BenchedModel model) {
    out.println(
        line("model")
            .put("model_filename", model.path().toString())
            .put("model_type", model.type())
            .put("model_size", model.bytes())
            .put("model_n_params", model.values())
            .put("weights", model.weights()));
  }

  @Override
  public void peer(String name, PeerBuild build) {
    out.println(
        line("peer")
            .put("engine", name)
            .put("version", build.version())
            .put("system_info", build.system()));
  }

  @Override
  public void result(Result result) {
    speeds(result.workload(), "deepseek", result.ours(), line("result", result.workload()));
    result
        .peers()
        .ifPresent(
            peers -> {
              ObjectNode line = line("result", result.workload());
              line.put("flash_attn", peers.attention() == LlamaCpp.Attention.FLASH);
              speeds(result.workload(), peers.name(), peers.speeds(), line);
            });
    result
        .ratio()
        .ifPresent(
            ratio -> {
              ObjectNode line = line("ratio", result.workload());
              line.put("avg", ratio.mean()).put("stddev", ratio.deviation());
              out.println(line);
            });
  }

  private void speeds(Workload workload, String engine, Samples speeds, ObjectNode line) {
    line.put("engine", engine).put("avg_ts", speeds.mean()).put("stddev_ts", speeds.deviation());
    ArrayNode nanos = line.putArray("samples_ns");
    speeds.values().forEach(speed -> nanos.add(Math.round(workload.tokens() / speed * 1e9)));
    ArrayNode samples = line.putArray("samples_ts");
    speeds.values().forEach(samples::add);
    out.println(line);
  }

  @Override
  public void bound(Result result, Bound bound) {
    ObjectNode line = line("bound", result.workload());
    line.put("bytes_per_token", bound.bytesPerToken()).put("read_bandwidth", bound.readBandwidth());
    line.put("bound_ts", bound.tokensPerSecond()).put("share", bound.share(result.ours()));
    out.println(line);
  }

  @Override
  public void bandwidthAtEnd(double bytesPerSecond) {
    out.println(line("end").put("read_bandwidth", bytesPerSecond));
  }
}
