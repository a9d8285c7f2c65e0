package deepseek.kernel.cpu;

import deepseek.GgmlType;
import deepseek.kernel.KernelException;
import deepseek.kernel.runtime.CompiledCode;
import deepseek.kernel.runtime.CpuFeatures;
import deepseek.kernel.runtime.OpenMp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The hand-written CPU kernels, compiled for this processor and loaded.
 *
 * <p>Where there is no C compiler, or it fails, {@link #loaded} is empty: callers then use
 * libtorch, and for packed weights {@link PackedKernels}. {@code DEEPSEEK_KERNELS=off} in the
 * environment, or the property {@code deepseek.kernels}, leaves them out.
 */
public final class CpuKernels implements PackedKernels {
  /** Sources that only {@link SparseProduct} needs, each with the stub that replaces it, if any. */
  private static final Map<String, Optional<String>> SPARSE =
      Map.of("sparse.c", Optional.of("no_sparse.c"), "sparse_pack.c", Optional.empty());

  private static final List<String> SOURCES =
      List.of(
          "vec.h",
          "step.h",
          "amx.h",
          "packed.c",
          "product.c",
          "pointwise.c",
          "attention.c",
          "latent.c",
          "experts.c",
          "sparse.c",
          "top.c",
          "program.c",
          "pack.c",
          "sparse_pack.c");
  private static final List<String> FLAGS =
      List.of("-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", "-w");

  private final LazyFunction step;
  private final LazyFunction pack;
  private final LazyFunction unpack;
  private final LazyFunction packBlock;
  private final LazyFunction packRows;
  private final LazyFunction unpackRow;
  private final Optional<OpenMp> openMp;
  private final CpuFeatures features;
  private final CpuTuning tuning;
  private final Optional<Supplier<CpuKernels>> more;
  private volatile @Nullable CpuKernels withSparse;

  private CpuKernels(
      SymbolLookup symbols,
      CpuFeatures features,
      CpuTuning tuning,
      Optional<Supplier<CpuKernels>> more) {
    this.features = features;
    this.tuning = tuning;
    this.more = more;
    this.step = new LazyFunction(symbols, "deepseek_step", 2, 0);
    this.pack = new LazyFunction(symbols, "deepseek_pack", 0, 10);
    this.unpack = new LazyFunction(symbols, "deepseek_unpack", 0, 5);
    this.packBlock = new LazyFunction(symbols, "deepseek_pack_block", 0, 6);
    this.packRows = new LazyFunction(symbols, "deepseek_pack_rows", 0, 7);
    this.unpackRow = new LazyFunction(symbols, "deepseek_unpack_row", 0, 5);
    this.openMp = OpenMp.find();
  }

  /** Compiled on first use, which takes seconds, and found in the cache from then on. */
  public static Optional<CpuKernels> loaded() {
    return PackedKernels.loaded()
        .flatMap(made -> made instanceof CpuKernels c ? Optional.of(c) : Optional.empty());
  }

  static CpuKernels compiled(CompiledCode code, CpuFeatures features) {
    return compiled(code, features, CpuTuning.USUAL);
  }

  /** The kernels with this tuning, compiled unless they are cached. */
  public static CpuKernels compiled(CompiledCode code, CpuFeatures features, CpuTuning tuning) {
    List<String> flags = new ArrayList<>(FLAGS);
    flags.addAll(features.compilerFlags());
    flags.addAll(tuning.compilerFlags());
    Supplier<CpuKernels> all =
        () ->
            in(
                code.library("cpu-kernels-sparse", source(), flags),
                features,
                tuning,
                Optional.empty());
    return in(
        code.library("cpu-kernels", usualSource(), flags), features, tuning, Optional.of(all));
  }

  private static CpuKernels in(
      Path library, CpuFeatures features, CpuTuning tuning, Optional<Supplier<CpuKernels>> more) {
    try {
      return new CpuKernels(
          SymbolLookup.libraryLookup(library, Arena.global()), features, tuning, more);
    } catch (IllegalArgumentException e) {
      throw new KernelException(
          "load the kernels",
          "a library this system can load",
          String.valueOf(e.getMessage()),
          "delete " + library,
          e);
    }
  }

  /** All C sources, concatenated. */
  static String source() {
    return SOURCES.stream().map(CpuKernels::resource).collect(Collectors.joining("\n"));
  }

  /** The sources that dense models need; the rest is a quarter to a half of the compile time. */
  static String usualSource() {
    return SOURCES.stream()
        .flatMap(name -> SPARSE.getOrDefault(name, Optional.of(name)).stream())
        .map(CpuKernels::resource)
        .collect(Collectors.joining("\n"));
  }

  /**
   * What determines the layout of packed weights: the packing code, and the format of each stored
   * type.
   */
  public static String packingSource() {
    return Arrays.stream(GgmlType.values())
        .map(type -> formatOf(type).map(format -> type.id() + " " + format + "\n").orElse(""))
        .collect(Collectors.joining("", resource("pack.c"), ""));
  }

  private static String resource(String name) {
    try (var in = CpuKernels.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** These kernels with those of {@link SparseProduct}, which are compiled on first use. */
  CpuKernels withSparse() {
    CpuKernels made = withSparse;
    return made == null ? makeSparse() : made;
  }

  private synchronized CpuKernels makeSparse() {
    CpuKernels made = withSparse;
    if (made == null) {
      made = more.map(Supplier::get).orElse(this);
      withSparse = made;
    }
    return made;
  }

  CpuTuning tuning() {
    return tuning;
  }

  /** The processor features that the kernels were compiled for. */
  CpuFeatures features() {
    return features;
  }

  /** The address of {@code omp_get_num_threads}; 0 without libgomp. */
  long team() {
    return openMp.map(o -> o.team().address()).orElse(0L);
  }

  void run(MemorySegment program) {
    try {
      step.handle().invokeExact(program, openMp.map(OpenMp::parallel).orElse(MemorySegment.NULL));
    } catch (Throwable e) {
      throw new LinkageError("a step could not be run", e);
    }
  }

  /**
   * A weight [out, in] to be packed, in one of GGML's types.
   *
   * @param rowBytes bytes from a row to the next
   * @param order address of INT64 [out], the stored row of each row; 0: in stored order
   */
  public record UnpackedWeight(
      GgmlType type, long address, long rowBytes, long in, long out, long order) {}

  @Override
  public void pack(UnpackedWeight stored, WeightFormat format, long packed, long begin, long end) {
    try {
      pack.handle()
          .invokeExact(
              (long) stored.type().id(),
              (long) format.ordinal(),
              stored.address(),
              stored.rowBytes(),
              stored.in(),
              stored.out(),
              stored.order(),
              packed,
              begin,
              end);
    } catch (Throwable e) {
      throw new LinkageError("a weight could not be packed", e);
    }
  }

  @Override
  public void unpack(WeightOperand weight, long row, long to) {
    try {
      unpack
          .handle()
          .invokeExact((long) weight.format().ordinal(), weight.address(), weight.in(), row, to);
    } catch (Throwable e) {
      throw new LinkageError("a weight could not be unpacked", e);
    }
  }

  /** Transposes plain rows [out, in], at most 16 of 64 values, into a block [64, 16]. */
  void packBlock(WeightFormat format, long from, long rowBytes, long in, long out, long block) {
    CpuKernels all = withSparse();
    try {
      all.packBlock.handle().invokeExact((long) format.ordinal(), from, rowBytes, in, out, block);
    } catch (Throwable e) {
      throw new LinkageError("a block could not be packed", e);
    }
  }

  /** Quantises rows {@code begin} to {@code end} of a plain weight, each stored contiguously. */
  void packRows(UnpackedWeight stored, WeightFormat format, long packed, long begin, long end) {
    CpuKernels all = withSparse();
    try {
      all.packRows
          .handle()
          .invokeExact(
              (long) stored.type().id(),
              (long) format.ordinal(),
              stored.address(),
              stored.in(),
              packed,
              begin,
              end);
    } catch (Throwable e) {
      throw new LinkageError("rows could not be packed", e);
    }
  }

  /** Dequantises row {@code row} of a {@link RowWeight} to FP32 [in] at an address. */
  void unpackRow(WeightFormat format, long data, long in, long row, long to) {
    CpuKernels all = withSparse();
    try {
      all.unpackRow.handle().invokeExact((long) format.ordinal(), data, in, row, to);
    } catch (Throwable e) {
      throw new LinkageError("a row could not be unpacked", e);
    }
  }

  @Override
  public Product product(WeightOperand form, int threads) {
    return new CompiledProduct(this, form, threads);
  }

  /** The format that holds a GGML type without loss; empty for types that can't be packed. */
  public static Optional<WeightFormat> formatOf(GgmlType type) {
    return switch (type) {
      case Q4_0 -> Optional.of(WeightFormat.INT4);
      case Q4_1, Q4_K -> Optional.of(WeightFormat.INT4_OFFSET);
      case Q5_0, Q8_0, IQ4_NL -> Optional.of(WeightFormat.INT8);
      case Q5_1, Q5_K -> Optional.of(WeightFormat.INT8_OFFSET);
      case Q6_K -> Optional.of(WeightFormat.INT8_HALF);
      default -> Optional.empty();
    };
  }
}
