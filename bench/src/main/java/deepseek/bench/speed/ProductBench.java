package deepseek.bench.speed;

import deepseek.compute.DType;
import deepseek.compute.Device;
import deepseek.compute.InferenceMode;
import deepseek.compute.Scope;
import deepseek.compute.Tensor;
import deepseek.kernel.cpu.CpuKernels;
import deepseek.kernel.cpu.ProductWorkload;
import deepseek.kernel.cpu.WeightFormat;
import deepseek.kernel.cpu.WeightOperand;
import deepseek.kernel.runtime.FreeMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Times products: memory bandwidth, ours and libtorch's in turn, so that what disturbs one disturbs
 * its neighbours. Ours run in one parallel region, as in a decoder's step. Bandwidth is that of 256
 * MiB of float32, summed by libtorch or multiplied by us, whichever reads faster. One row takes
 * another copy of the weight each time, as many as no cache holds.
 */
public final class ProductBench implements AutoCloseable {
  private static final int READ_SIDE = 8192;
  private static final long READ_BYTES = (long) READ_SIDE * READ_SIDE * Float.BYTES;
  private static final long NANOS_OF_A_TURN = 30_000_000;
  private static final long NANOS_OF_THE_JIT = 3_000_000_000L;

  private final CpuKernels kernels;
  private final int threads;
  private final Scope scope = Scope.open();
  private final InferenceMode inference = InferenceMode.enter();
  private final Tensor read = Tensor.full(1, DType.FLOAT32, Device.CPU, READ_BYTES / Float.BYTES);

  private final ProductWorkload streaming;

  public ProductBench(CpuKernels kernels, int threads) {
    this.kernels = kernels;
    this.threads = threads;
    WeightOperand plain = new WeightOperand(WeightFormat.F32, 0, READ_SIDE, READ_SIDE);
    this.streaming =
        new ProductWorkload(kernels, ProductWorkload.Setting.dense(plain, 1, 1, threads));
  }

  /**
   * What a case came to.
   *
   * @param seconds of one product, by repetition
   * @param bytes of the weight that one product reads
   * @param bandwidth bytes/s of reading alone, by repetition
   * @param peer libtorch's
   */
  public record Result(
      ProductCase product, Samples seconds, long bytes, Samples bandwidth, Optional<Peer> peer) {

    /** libtorch's product in the same repetitions. */
    public record Peer(Samples seconds, long bytes) {}

    /** Bytes/s of weights over the bandwidth measured next to it. */
    public double shareOfBandwidth() {
      return share(seconds, bytes);
    }

    /** The peer's. */
    public Optional<Double> peerShareOfBandwidth() {
      return peer.map(p -> share(p.seconds(), p.bytes()));
    }

    private double share(Samples times, long read) {
      List<Double> shares = new ArrayList<>();
      for (int i = 0; i < times.values().size(); i++) {
        shares.add(read / times.values().get(i) / bandwidth.values().get(i));
      }
      return new Samples(shares).median();
    }

    /** Floating-point operations per second: two for each weight and row. */
    public double flops(Samples times) {
      return 2.0 * product.rows() * product.form().out() * product.form().in() / times.median();
    }

    /** The peer's time over ours. */
    public Optional<Double> ratio() {
      return peer.map(p -> p.seconds().over(seconds).median());
    }
  }

  /**
   * Throws where this machine has no memory for a case, its peer and what memory is measured with.
   */
  public static void requireMemory(ProductCase product, int threads) {
    double ours = setting(product, threads).bytes();
    double theirs = product.peer().map(peer -> bytesInUse(product, peer)).orElse(0.0);
    FreeMemory.require(
        "time " + product.name() + " " + product.form().out() + "x" + product.form().in(),
        3.0 * READ_BYTES + ours + theirs,
        "choose a smaller shape");
  }

  private static double bytesInUse(ProductCase product, LibtorchPeer peer) {
    long out = product.form().out();
    long in = product.form().in();
    return peer.bytesInUse(product.rows(), out, in, copies(product, peer));
  }

  private static ProductWorkload.Setting setting(ProductCase product, int threads) {
    return ProductWorkload.Setting.of(
        product.kind(),
        product.form(),
        product.rows(),
        product.density(),
        ProductWorkload.COLD_BYTES,
        threads);
  }

  private static int copies(ProductCase product, LibtorchPeer peer) {
    long bytes = peer.bytes(product.form().out(), product.form().in());
    return ProductWorkload.copies(product.rows(), bytes, ProductWorkload.COLD_BYTES);
  }

  /** Runs a case {@code repetitions} times. */
  public Result measure(ProductCase product, int repetitions) {
    int out = Math.toIntExact(product.form().out());
    int in = Math.toIntExact(product.form().in());
    try (Scope own = Scope.open();
        ProductWorkload ours = new ProductWorkload(kernels, setting(product, threads))) {
      Optional<Turn> theirs = product.peer().map(peer -> peerTurn(product, peer, out, in));
      Turn mine = new Turn(List.of(ours::run), ours.productsPerRun());
      Turn summed = new Turn(List.of(this::sumOnce), 1);
      Turn streamed = new Turn(List.of(streaming::run), 1);
      List<Double> bandwidth = new ArrayList<>();
      List<Double> seconds = new ArrayList<>();
      List<Double> peerSeconds = new ArrayList<>();
      warmUp(product.kind(), mine);
      theirs.ifPresent(Turn::seconds);
      for (int i = 0; i < repetitions; i++) {
        bandwidth.add(READ_BYTES / Math.min(summed.seconds(), streamed.seconds()));
        seconds.add(mine.seconds());
        theirs.ifPresent(t -> peerSeconds.add(t.seconds()));
      }
      return new Result(
          product,
          new Samples(seconds),
          ours.bytes(),
          new Samples(bandwidth),
          product.peer().map(p -> new Result.Peer(new Samples(peerSeconds), p.bytes(out, in))));
    }
  }

  /**
   * A measurement; Java's code takes the JIT compiler seconds, of which a model's start has its
   * own.
   */
  private static void warmUp(ProductWorkload.Kind kind, Turn turn) {
    long end = System.nanoTime();
    if (kind == ProductWorkload.Kind.DENSE_IN_JAVA) {
      end += NANOS_OF_THE_JIT;
    }
    do {
      turn.seconds();
    } while (System.nanoTime() < end);
  }

  private static Turn peerTurn(ProductCase product, LibtorchPeer peer, int out, int in) {
    return new Turn(peer.products(product.rows(), out, in, copies(product, peer)), 1);
  }

  private void sumOnce() {
    try (Scope own = Scope.open()) {
      read.sum();
    }
  }

  /** Runs products one after the other for a while. */
  private static final class Turn {
    private final List<Runnable> products;
    private final int productsPerRun;
    private int next;

    Turn(List<Runnable> products, int productsPerRun) {
      this.products = products;
      this.productsPerRun = productsPerRun;
    }

    /** Seconds of one, on average over a measurement. */
    double seconds() {
      long begin = System.nanoTime();
      int count = 0;
      do {
        products.get(next).run();
        next = (next + 1) % products.size();
        count += productsPerRun;
      } while (System.nanoTime() - begin < NANOS_OF_A_TURN);
      return (System.nanoTime() - begin) / 1e9 / count;
    }
  }

  @Override
  public void close() {
    streaming.close();
    inference.close();
    scope.close();
  }
}
