package deepseek.devices.ir;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;
import static deepseek.devices.ir.ScalarType.U32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.devices.ir.Memory.Array;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.kernel.KernelException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Invalid kernels, and that the message tells where and why. */
class KernelTest {
  private static void refused(Consumer<KernelBuilder> description, String... words) {
    assertThatThrownBy(() -> Kernel.describe("wrong", description))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }

  @Test
  void typesHaveToFit() {
    Expr one = Expr.of(1);
    assertThatThrownBy(() -> one.plus(Expr.of(1f))).hasMessageContainingAll("add", "I32 and F32");
    assertThatThrownBy(() -> Expr.of(1f).shiftLeft(2)).hasMessageContaining("shift left");
    assertThatThrownBy(() -> Expr.of(1f).and(Expr.of(2f))).hasMessageContaining("and");
    assertThatThrownBy(() -> Expr.word(1).negate()).hasMessageContaining("negate");
    assertThatThrownBy(one::exp).hasMessageContainingAll("exp", "F32", "I32");
    assertThatThrownBy(() -> one.choose(one, one)).hasMessageContainingAll("BOOL", "I32");
    assertThatThrownBy(() -> Expr.fma(one, one, one)).hasMessageContaining("fma");
    assertThatThrownBy(() -> one.less(2).toFloat()).hasMessageContaining("cast");
    assertThatThrownBy(() -> Expr.of(Float.NaN)).hasMessageContaining("finite");
    assertThatThrownBy(() -> Expr.of(Float.POSITIVE_INFINITY)).hasMessageContaining("finite");
  }

  @Test
  void literalsTakeTheTypeOfWhatTheyMeet() {
    assertThat(Expr.of(1f).times(2)).isEqualTo(Expr.of(1f).times(Expr.of(2f)));
    assertThat(Expr.word(1).and(2)).isEqualTo(Expr.word(1).and(Expr.word(2)));
  }

  @Test
  void buffersAreUsedAsDeclared() {
    refused(k -> k.output("y", F32).at(0).exp(), "load from y", "inout");
    refused(k -> k.store(k.input("x", F32), Expr.of(0), Expr.of(1f)), "store to x", "output");
    refused(k -> k.store(k.output("y", F32), Expr.of(0), Expr.of(1)), "store to y", "F32", "I32");
    refused(k -> k.input("x", F32).at(Expr.of(1f)), "load from x", "I32 or U32", "F32");
    refused(k -> k.input("x", ScalarType.BOOL), "x", "BOOL");
  }

  @Test
  void anIndexMayBeAnyInteger() {
    Kernel kernel =
        Kernel.describe(
            "right",
            k -> {
              Buffer x = k.input("x", U32);
              Buffer y = k.output("y", U32);
              k.items(k.intParam("n"));
              k.store(y, k.item().toWord(), x.at(k.item()));
            });
    assertThat(kernel.buffers()).hasSize(2);
  }

  @Test
  void memoryOfAnotherKernelIsUnknown() {
    Buffer foreign = new Buffer("far", F32, Memory.Access.READ_WRITE);
    refused(
        k -> {
          k.items(Expr.of(1));
          k.store(foreign, Expr.of(0), Expr.of(1f));
        },
        "'far'",
        "declare it");
  }

  @Test
  void variablesEndWithTheirBlock() {
    refused(
        k -> {
          Buffer y = k.output("y", F32);
          k.items(Expr.of(1));
          Expr[] inner = new Expr[1];
          k.when(k.item().equalTo(0), () -> inner[0] = k.let("inner", Expr.of(1f)));
          k.store(y, Expr.of(0), inner[0]);
        },
        "'inner'",
        "before the block");
  }

  @Test
  void parametersAndLoopIndicesStayAsTheyAre() {
    refused(
        k -> {
          Expr.Variable n = k.intParam("n");
          k.items(n);
          k.assign(n, Expr.of(2));
        },
        "'n'");
    refused(
        k -> {
          k.items(Expr.of(1));
          k.loop("i", Range.to(3), i -> k.assign((Expr.Variable) i, Expr.of(2)));
        },
        "'i'");
  }

  @Test
  void namesAreFreeInEveryTarget() {
    refused(k -> k.input("half", F32), "'half'", "another");
    refused(k -> k.input("local_0", F32), "'local_0'");
    refused(k -> k.input("X", F32), "'X'", "small letter");
    refused(k -> k.input("a__b", F32), "'a__b'");
    // NVRTC rejects these, as C++ keywords and functions that it declares.
    refused(k -> k.input("typename", F32), "'typename'");
    refused(k -> k.intParam("expf"), "'expf'");
    assertThatThrownBy(() -> Kernel.describe("erf", k -> k.items(Expr.of(1))))
        .hasMessageContaining("'erf'");
    assertThatThrownBy(() -> Kernel.describe("kernel", k -> k.items(Expr.of(1))))
        .hasMessageContaining("'kernel'");
  }

  @Test
  void namesUsedTwiceAreNumbered() {
    Kernel kernel =
        Kernel.describe(
            "twice",
            k -> {
              k.items(Expr.of(1));
              k.let("a", Expr.of(1));
              k.let("a", Expr.of(2));
            });
    assertThat(kernel.body())
        .map(s -> ((Stmt.Declare) s).variable().name())
        .containsExactly("a", "a_2");
  }

  @Test
  void aGridIsLaidOutOnceOfThingsTheHostKnows() {
    refused(k -> k.floatParam("a"), "a grid", "none");
    refused(
        k -> {
          k.items(Expr.of(1));
          k.items(Expr.of(1));
        },
        "one grid");
    refused(k -> k.items(k.input("x", I32).at(0)), "extents", "parameter");
    refused(k -> k.items(k.floatParam("a").toInt()), "extents", "Cast");
    refused(k -> k.items(k.intParam("n").shiftRight(1)), "extents");
    refused(k -> k.items(Expr.of(1f)), "I32", "F32");
    refused(k -> k.items(Expr.of(1), Expr.of(1), Expr.of(1), Expr.of(1)), "1 to 3 axes", "4");
    refused(k -> k.groups(512, Expr.of(1)), "256 items", "512");
    refused(
        k -> {
          k.items(Expr.of(1));
          k.let("a", k.item(1));
        },
        "axis 1");
  }

  @Test
  void itemsByThemselvesShareNothing() {
    refused(
        k -> {
          k.items(Expr.of(1));
          k.barrier();
        },
        "barriers",
        "lay out groups");
    refused(
        k -> {
          k.items(Expr.of(1));
          k.let("a", k.local());
        },
        "item(..)");
    refused(
        k -> {
          k.items(Expr.of(1));
          k.shared("a", F32, 4);
        },
        "shared arrays");
  }

  @Test
  void allItemsReachEachBarrier() {
    refused(
        k -> {
          k.groups(8, Expr.of(1));
          k.when(k.local().less(4), k::barrier);
        },
        "barriers that all items of a group reach");
    refused(
        k -> {
          k.groups(8, Expr.of(1));
          k.loop("i", Range.of(k.local(), Expr.of(8)), i -> k.barrier());
        },
        "barriers that all items of a group reach");
    refused(
        k -> {
          Buffer x = k.inout("x", I32);
          k.groups(8, Expr.of(1));
          Expr.Variable some = k.let("some", Expr.of(0));
          k.when(k.local().equalTo(0), () -> k.assign(some, Expr.of(1)));
          k.when(some.equalTo(1), () -> k.groupSum("total", x.at(0).toFloat()));
        },
        "differs between items");
  }

  @Test
  void whatIsTheSameForAGroupMayDecideABarrier() {
    Kernel kernel =
        Kernel.describe(
            "right",
            k -> {
              Buffer x = k.input("x", F32);
              Expr n = k.intParam("n");
              k.groups(8, n);
              Expr most = k.groupMax("most", x.at(k.local()));
              k.when(k.group().less(n).and(most.less(Expr.of(1f))), k::barrier);
              k.loop("i", Range.to(n), i -> k.barrier());
            });
    assertThat(kernel.statements().filter(Stmt.Barrier.class::isInstance)).hasSize(2);
  }

  @Test
  void sharedArraysFitEveryTarget() {
    refused(
        k -> {
          k.groups(8, Expr.of(1));
          k.shared("a", F32, 5000);
          k.shared("b", F32, 5000);
        },
        "8192",
        "10000");
    refused(
        k -> {
          k.groups(8, Expr.of(1));
          k.when(k.group().equalTo(0), () -> k.shared("a", F32, 4));
        },
        "before any branch");
    refused(
        k -> {
          k.groups(8, Expr.of(1));
          Array a = k.shared("a", F32, 4);
          k.store(a, Expr.of(4), Expr.of(1f));
        },
        "a at 0 to 3",
        "4");
  }

  @Test
  void parametersFitVulkan() {
    refused(
        k -> {
          List.of(1, 2, 3, 4)
              .forEach(i -> List.of(1, 2, 3, 4, 5, 6, 7, 8, 9).forEach(j -> k.intParam("p")));
          k.items(Expr.of(1));
        },
        "at most 32 parameters",
        "36");
  }
}
