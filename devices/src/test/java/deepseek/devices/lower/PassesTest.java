package deepseek.devices.lower;

import static deepseek.devices.ir.ScalarType.F32;
import static deepseek.devices.ir.ScalarType.I32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.Kernel;
import deepseek.devices.ir.KernelBuilder;
import deepseek.devices.ir.Memory;
import deepseek.devices.ir.Memory.Buffer;
import deepseek.devices.ir.Range;
import deepseek.devices.ir.Stmt;
import deepseek.kernel.KernelException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PassesTest {
  private static Kernel kernel(Consumer<KernelBuilder> description) {
    return Kernel.describe("tried", description);
  }

  private static <S extends Stmt> long count(Kernel kernel, Class<S> kind) {
    return kernel.statements().filter(kind::isInstance).count();
  }

  @Test
  void knownArithmeticIsDone() {
    Expr n = new Expr.Variable("n", I32);
    assertThat(ConstantFolding.fold(Expr.of(7).over(2))).isEqualTo(Expr.of(3));
    assertThat(ConstantFolding.fold(Expr.word(-1).shiftRight(28))).isEqualTo(Expr.word(15));
    assertThat(ConstantFolding.fold(Expr.word(-2).max(Expr.word(1)))).isEqualTo(Expr.word(-2));
    assertThat(ConstantFolding.fold(n.times(1))).isEqualTo(n);
    assertThat(ConstantFolding.fold(n.plus(0))).isEqualTo(n);
    assertThat(ConstantFolding.fold(n.times(0))).isEqualTo(Expr.of(0));
    assertThat(ConstantFolding.fold(Expr.of(0).plus(n))).isEqualTo(n);
    assertThat(ConstantFolding.fold(Expr.of(3).toFloat())).isEqualTo(Expr.of(3f));
    assertThat(ConstantFolding.fold(n.less(2).and(Expr.of(true)))).isEqualTo(n.less(2));
  }

  @Test
  void whatMachinesDoDifferentlyIsLeftToThem() {
    Expr byZero = Expr.of(1).over(0);
    Expr negative = Expr.of(-7).over(2);
    Expr farShift = Expr.of(1).shiftLeft(32);
    assertThat(ConstantFolding.fold(byZero)).isEqualTo(byZero);
    assertThat(ConstantFolding.fold(negative)).isEqualTo(negative);
    assertThat(ConstantFolding.fold(farShift)).isEqualTo(farShift);
    Expr zeroTimes = new Expr.Variable("x", F32).times(0f);
    assertThat(ConstantFolding.fold(zeroTimes)).isEqualTo(zeroTimes);
  }

  @Test
  void decidedBranchesAndEmptyLoopsGo() {
    Kernel folded =
        new ConstantFolding()
            .apply(
                kernel(
                    k -> {
                      Buffer y = k.output("y", F32);
                      k.groups(1, Expr.of(1));
                      k.when(
                          k.local().equalTo(0),
                          () -> k.store(y, k.item(), Expr.of(1f)),
                          () -> k.store(y, k.item(), Expr.of(2f)));
                      k.loop("i", Range.to(0), i -> k.store(y, i, Expr.of(3f)));
                      k.loop("i", Range.to(1), i -> k.store(y, i, Expr.of(4f)));
                    }));
    Buffer y = folded.buffers().getFirst();
    Expr group = new Expr.WorkIndex(Expr.Level.GROUP, 0);
    assertThat(folded.body())
        .containsExactly(
            new Stmt.Store(y, group, Expr.of(1f)), new Stmt.Store(y, Expr.of(0), Expr.of(4f)));
  }

  @Test
  void loopsUnrollWholeOrWithARest() {
    Kernel kernel =
        kernel(
            k -> {
              Buffer y = k.output("y", F32);
              Expr n = k.intParam("n");
              k.items(n);
              k.unrolled("i", Range.to(3), 4, i -> k.store(y, i, Expr.of(1f)));
              k.unrolled("j", Range.to(n), 4, j -> k.store(y, j, Expr.of(1f)));
            });
    Kernel unrolled = new Unrolling().apply(kernel);
    assertThat(count(unrolled, Stmt.Store.class)).isEqualTo(3 + 4 + 1);
    assertThat(
            unrolled
                .statements()
                .filter(Stmt.For.class::isInstance)
                .map(s -> ((Stmt.For) s).step()))
        .containsExactly(4, 1);
  }

  @Test
  void itemsOutsideTheGridDoNothing() {
    Kernel bounded =
        new Bounds()
            .apply(
                kernel(
                    k -> {
                      Buffer y = k.output("y", F32);
                      k.items(k.intParam("n"), Expr.of(3));
                      k.store(y, k.item(), Expr.of(1f));
                    }));
    Expr.Variable n = new Expr.Variable("n", I32);
    Expr inside =
        new Expr.WorkIndex(Expr.Level.GLOBAL, 0)
            .less(n)
            .and(new Expr.WorkIndex(Expr.Level.GLOBAL, 1).less(3));
    assertThat(bounded.body())
        .singleElement()
        .isInstanceOfSatisfying(Stmt.If.class, s -> assertThat(s.condition()).isEqualTo(inside));
  }

  @Test
  void reductionsOfGroupsTakeAStepPerHalving() {
    for (int width : new int[] {2, 3, 5, 32, 48}) {
      Kernel reduced =
          new GroupReductions()
              .apply(
                  kernel(
                      k -> {
                        Buffer y = k.output("y", F32);
                        k.groups(width, Expr.of(1));
                        k.store(y, k.group(), k.groupSum("total", Expr.of(1f)));
                      }));
      int steps = Integer.SIZE - Integer.numberOfLeadingZeros(width - 1);
      assertThat(count(reduced, Stmt.If.class)).as("width %d", width).isEqualTo(steps);
      assertThat(count(reduced, Stmt.Barrier.class)).isEqualTo(steps + 2);
      assertThat(count(reduced, Stmt.GroupReduce.class)).isZero();
    }
  }

  @Test
  void sumsAreProvenToFitLanes() {
    Kernel hinted =
        new VectorHints()
            .apply(
                kernel(
                    k -> {
                      Buffer x = k.input("x", F32);
                      Expr n = k.intParam("n");
                      k.items(n);
                      k.sum("total", Range.to(n), x::at);
                    }));
    Expr.Variable total = new Expr.Variable("total", F32);
    assertThat(
            hinted.statements().filter(Stmt.For.class::isInstance).map(s -> ((Stmt.For) s).hint()))
        .containsExactly(
            new Stmt.Hint.Vector(List.of(new Stmt.Reduction(Stmt.ReduceOp.SUM, total))));
  }

  @Test
  void aChainIsNoSum() {
    Kernel chain =
        kernel(
            k -> {
              Buffer x = k.input("x", F32);
              Expr n = k.intParam("n");
              k.items(n);
              Expr.Variable a = k.let("a", Expr.of(0f));
              k.loop("i", Range.to(n), i -> k.assign(a, x.at(i).minus(a)));
              Expr.Variable b = k.let("b", Expr.of(0f));
              k.loop("j", Range.to(n), j -> k.add(b, b.times(x.at(j))));
            });
    assertThat(new VectorHints().apply(chain)).isEqualTo(chain);
  }

  @Test
  void aPromiseThatDoesNotHoldIsRefused() {
    Kernel chain =
        kernel(
            k -> {
              Buffer x = k.input("x", F32);
              k.items(Expr.of(1));
              Expr.Variable a = k.let("a", Expr.of(0f));
              k.vectorised("i", Range.to(8), i -> k.assign(a, x.at(i).minus(a)));
            });
    assertThatThrownBy(() -> new VectorHints().apply(chain))
        .isInstanceOf(KernelException.class)
        .hasMessageContainingAll("loop over i", "use loop(..)");
  }

  @Test
  void whatIsRememberedAcrossABarrierGetsASlicePerItem() {
    Kernel split =
        new SplitAtBarriers()
            .apply(
                kernel(
                    k -> {
                      Buffer x = k.inout("x", F32);
                      Expr n = k.intParam("n");
                      k.groups(4, n);
                      Expr start = k.let("start", k.group().times(4));
                      Expr mine = k.let("mine", x.at(start.plus(k.local())));
                      k.barrier();
                      k.store(x, start.plus(k.local()), mine);
                    }));
    assertThat(count(split, Stmt.ForItems.class)).isEqualTo(2);
    assertThat(count(split, Stmt.Barrier.class)).isZero();
    assertThat(split.statements().filter(Stmt.DeclareArray.class::isInstance))
        .containsExactly(
            new Stmt.DeclareArray(new Memory.Array("mine_items", F32, 4, Memory.Sharing.SLICES)));
  }
}
