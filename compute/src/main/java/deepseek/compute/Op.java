package deepseek.compute;

import deepseek.compute.internal.HostTensor;
import deepseek.compute.internal.NativeTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs every operation: takes the operands' native tensors, hands the result to the innermost
 * scope, and turns libtorch's complaint into a {@link ComputeException}. The one place where
 * arguments are judged.
 */
final class Op {
  interface Unary {
    NativeTensor apply(NativeTensor a);
  }

  interface OnHost {
    Optional<HostTensor> apply(HostTensor a);
  }

  interface Binary {
    NativeTensor apply(NativeTensor a, NativeTensor b);
  }

  interface Ternary {
    NativeTensor apply(NativeTensor a, NativeTensor b, NativeTensor c);
  }

  interface Effect {
    void apply(NativeTensor a);
  }

  interface BinaryEffect {
    void apply(NativeTensor a, NativeTensor b);
  }

  interface TernaryEffect {
    void apply(NativeTensor a, NativeTensor b, NativeTensor c);
  }

  interface Many {
    NativeTensor apply(List<NativeTensor> parts);
  }

  interface ToMany {
    List<NativeTensor> apply(NativeTensor a);
  }

  interface Nullary {
    NativeTensor apply();
  }

  private Op() {}

  static Tensor create(String name, Nullary f) {
    Scope scope = Scope.innermost(name);
    InferenceMode.tellLibtorch();
    try {
      return Tensor.inScope(f.apply(), name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e);
    }
  }

  /** Of a tensor that libtorch has not seen yet: {@code onHost} where that has an answer. */
  static Tensor view(String name, Tensor a, OnHost onHost, Unary f) {
    Scope scope = Scope.innermost(name);
    try {
      if (a.look(name) instanceof HostTensor host) {
        Optional<HostTensor> made = onHost.apply(host);
        if (made.isPresent()) {
          return Tensor.inScope(made.get(), name, scope);
        }
      }
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a);
    }
    return unary(name, a, f);
  }

  static Tensor unary(String name, Tensor a, Unary f) {
    Scope scope = Scope.innermost(name);
    try {
      NativeTensor na = a.open(name);
      return Tensor.inScope(f.apply(na), name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a);
    }
  }

  static Tensor binary(String name, Tensor a, Tensor b, Binary f) {
    Scope scope = Scope.innermost(name);
    try {
      NativeTensor na = a.open(name);
      NativeTensor nb = b.open(name);
      return Tensor.inScope(f.apply(na, nb), name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a, b);
    }
  }

  static Tensor ternary(String name, Tensor a, Tensor b, Tensor c, Ternary f) {
    Scope scope = Scope.innermost(name);
    try {
      NativeTensor na = a.open(name);
      NativeTensor nb = b.open(name);
      NativeTensor nc = c.open(name);
      return Tensor.inScope(f.apply(na, nb, nc), name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a, b, c);
    }
  }

  static Tensor many(String name, List<Tensor> parts, Many f) {
    Scope scope = Scope.innermost(name);
    try {
      List<NativeTensor> natives = new ArrayList<>(parts.size());
      for (Tensor part : parts) {
        natives.add(part.open(name));
      }
      return Tensor.inScope(f.apply(natives), name, scope);
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, parts.toArray(Tensor[]::new));
    }
  }

  static List<Tensor> toMany(String name, Tensor a, ToMany f) {
    Scope scope = Scope.innermost(name);
    try {
      NativeTensor na = a.open(name);
      List<Tensor> out = new ArrayList<>();
      for (NativeTensor result : f.apply(na)) {
        out.add(Tensor.inScope(result, name, scope));
      }
      return out;
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a);
    }
  }

  /** What {@code f} makes of it, which is no tensor. */
  static <R> R value(String name, Tensor a, Function<NativeTensor, R> f) {
    try {
      return f.apply(a.open(name));
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a);
    }
  }

  static Tensor effect(String name, Tensor a, Effect f) {
    try {
      NativeTensor na = a.open(name);
      f.apply(na);
      return a;
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a);
    }
  }

  static Tensor effect(String name, Tensor a, Tensor b, BinaryEffect f) {
    try {
      NativeTensor na = a.open(name);
      NativeTensor nb = b.open(name);
      f.apply(na, nb);
      return a;
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a, b);
    }
  }

  static Tensor effect(String name, Tensor a, Tensor b, Tensor c, TernaryEffect f) {
    try {
      NativeTensor na = a.open(name);
      NativeTensor nb = b.open(name);
      NativeTensor nc = c.open(name);
      f.apply(na, nb, nc);
      return a;
    } catch (RuntimeException e) {
      throw OpFailure.explain(name, e, a, b, c);
    }
  }
}
