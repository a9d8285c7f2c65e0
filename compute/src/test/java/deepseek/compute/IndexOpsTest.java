package deepseek.compute;

import static deepseek.compute.Expected.places;
import static deepseek.compute.Expected.random;
import static deepseek.compute.Expected.vector;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({LeakCheck.class, InScope.class})
class IndexOpsTest {
  private static final double NAN = Double.NaN;

  @ParameterizedTest
  @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16", "FLOAT16", "INT64", "INT8"})
  void sortsAlongADimAndTellsFromWhere(DType dtype) {
    Tensor x = random(3, 4, 5).mul(20).to(dtype).transpose(0, 1);
    for (int dim : new int[] {0, -1}) {
      TopK up = x.sortAscending(dim);
      TopK down = x.sortDescending(dim);
      assertThat(x.gather(dim, up.indices()).toDoubles()).containsExactly(up.values().toDoubles());
      assertThat(x.gather(dim, down.indices()).toDoubles())
          .containsExactly(down.values().toDoubles());
      assertThat(down.values().flip(dim).toDoubles()).containsExactly(up.values().toDoubles());
      for (int i = 0; i < x.size(1 - Math.floorMod(dim, 2)); i++) {
        double[] line = x.select(1 - Math.floorMod(dim, 2), i).toDoubles();
        Arrays.sort(line);
        assertThat(up.values().select(1 - Math.floorMod(dim, 2), i).toDoubles())
            .containsExactly(line);
      }
    }
  }

  @Test
  void sortsAwkwardValues() {
    Tensor x = vector(2, NAN, Double.NEGATIVE_INFINITY, 1);
    assertThat(x.sortAscending(0).values().toDoubles())
        .containsExactly(Double.NEGATIVE_INFINITY, 1, 2, NAN);
    assertThat(x.sortAscending(0).indices().toLongs()).containsExactly(2, 3, 0, 1);
    assertThat(x.sortDescending(0).indices().toLongs()).containsExactly(1, 0, 3, 2);
    assertThat(Tensor.scalar(3).sortAscending(0).values().item()).isEqualTo(3);
    assertThat(Tensor.zeros(0, 3).sortDescending(0).indices().shape()).containsExactly(0, 3);
    assertThat(Tensor.of(new boolean[] {true, false}).sortAscending(-1).indices().toLongs())
        .containsExactly(1, 0);
  }

  @Test
  void indexAddSumsRepeatedPlaces() {
    Tensor x = random(1, 3, 4);
    Tensor source = random(2, 3, 5).slice(1, 0, 5, 2);
    long[] index = {3, 0, 3};
    double[] expected = x.toDoubles();
    double[] added = source.toDoubles();
    for (int i = 0; i < 9; i++) {
      expected[i / 3 * 4 + (int) index[i % 3]] += added[i];
    }
    Tensor before = x.copy();
    Expected.assertClose(x.indexAdd(1, places(index), source), expected);
    Expected.assertClose(x.indexAdd(-1, places(index), source), expected);
    assertThat(x.toDoubles()).containsExactly(before.toDoubles());
    assertThat(x.indexAddInPlace(1, places(index), source)).isSameAs(x);
    Expected.assertClose(x, expected);
  }

  @Test
  void indexAddOfOtherTypesAndNothing() {
    assertThat(places(1, 2).indexAdd(0, places(1, 1), places(10, 20)).toLongs())
        .containsExactly(1, 32);
    Tensor half = vector(1, 2).to(DType.BFLOAT16);
    assertThat(half.indexAdd(0, places(0), half.narrow(0, 1, 1)).toDoubles()).containsExactly(3, 2);
    assertThat(half.indexAdd(0, places(), half.narrow(0, 0, 0)).toDoubles()).containsExactly(1, 2);
  }

  @Test
  void indexCopyOverwritesSlices() {
    Tensor x = Tensor.zeros(2, 4);
    Tensor rows = x.transpose(0, 1);
    Tensor source = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
    assertThat(rows.indexCopyInPlace(0, places(3, 1), source)).isSameAs(rows);
    assertThat(x.toFloats()).containsExactly(0, 3, 0, 1, 0, 4, 0, 2);
    x.indexCopyInPlace(-1, places(0), Tensor.of(new float[] {8, 9}, 2, 1));
    assertThat(x.toFloats()).containsExactly(8, 3, 0, 1, 9, 4, 0, 2);
    x.indexCopyInPlace(0, places(), Tensor.zeros(0, 4));
    assertThat(x.toFloats()).containsExactly(8, 3, 0, 1, 9, 4, 0, 2);
  }

  @Test
  void scatterIsTheInverseOfGatherAndScatterAddSums() {
    Tensor x = random(4, 3, 4);
    Tensor index = places(3, 0, 0, 2, 1, 1).reshape(3, 2);
    double[] gathered = new double[6];
    double[] summed = x.toDoubles();
    Tensor source = random(5, 2, 3).transpose(0, 1);
    for (int i = 0; i < 6; i++) {
      int place = i / 2 * 4 + (int) index.toLongs()[i];
      gathered[i] = x.toDoubles()[place];
      summed[place] += source.toDoubles()[i];
    }
    assertThat(x.gather(1, index).toDoubles()).containsExactly(gathered);
    Expected.assertClose(x.scatterAdd(-1, index, source), summed);
    Tensor distinct = places(3, 0, 1, 2, 0, 3).reshape(3, 2);
    assertThat(x.scatter(1, distinct, source).gather(1, distinct).toDoubles())
        .containsExactly(source.toDoubles());
    assertThat(x.scatterAdd(1, places().reshape(0, 4), random(1, 1, 4)).toDoubles())
        .containsExactly(x.toDoubles());
    assertThat(places(1, 2).scatterAdd(0, places(1, 1, 1), places(5, 6, 7)).toLongs())
        .containsExactly(1, 20);
    Tensor half = Tensor.zeros(1).to(DType.BFLOAT16);
    Tensor ones = Tensor.ones(9).to(DType.BFLOAT16);
    assertThat(half.scatterAdd(0, places(new long[9]), ones).item()).isEqualTo(9);
  }

  @Test
  void indexSelectRepeatsAndReorders() {
    Tensor x = vector(1, 2, 3, 4, 5, 6).reshape(2, 3);
    assertThat(x.indexSelect(1, places(2, 2, 0)).toDoubles()).containsExactly(3, 3, 1, 6, 6, 4);
    assertThat(x.transpose(0, 1).indexSelect(0, places()).shape()).containsExactly(0, 2);
  }

  @Test
  void nonzeroListsPlacesInOrder() {
    Tensor x = vector(0, 2, NAN, -0.0, 1, 0).reshape(2, 3);
    assertThat(x.nonzero().toLongs()).containsExactly(0, 1, 0, 2, 1, 1);
    assertThat(x.transpose(0, 1).nonzero().toLongs()).containsExactly(1, 0, 1, 1, 2, 0);
    assertThat(x.gt(1).nonzero().toLongs()).containsExactly(0, 1);
    assertThat(Tensor.zeros(2, 3).nonzero().shape()).containsExactly(0, 2);
    assertThat(Tensor.zeros(0).nonzero().shape()).containsExactly(0, 1);
    assertThat(Tensor.scalar(2).nonzero().shape()).containsExactly(1, 0);
    assertThat(Tensor.scalar(0).nonzero().shape()).containsExactly(0, 0);
    assertThat(x.to(DType.BFLOAT16).nonzero().shape()).containsExactly(3, 2);
  }

  @Test
  void bincountCounts() {
    long[] values = IntStream.range(0, 1000).mapToLong(i -> (long) i * i % 7).toArray();
    long[] expected = new long[9];
    for (long value : values) {
      expected[(int) value]++;
    }
    assertThat(places(values).bincount(9).toLongs()).containsExactly(expected);
    assertThat(places(values).bincount(0).toLongs()).containsExactly(Arrays.copyOf(expected, 5));
    assertThat(places(0, 9, 2, 9, 2).slice(0, 0, 5, 2).bincount(0).toLongs())
        .containsExactly(1, 0, 2);
    assertThat(places(1, 3).to(DType.UINT8).bincount(2).toLongs()).containsExactly(0, 1, 0, 1);
    assertThat(places().bincount(2).toLongs()).containsExactly(0, 0);
    assertThat(places().bincount(0).shape()).containsExactly(0);
  }

  @Test
  void oneHotMarksClasses() {
    assertThat(places(2, 0).reshape(1, 2).oneHot(3).toString())
        .isEqualTo("int64[1, 2, 3] [0, 0, 1, 1, 0, 0]");
    assertThat(places(1).oneHot(-1).toLongs()).containsExactly(0, 1);
    assertThat(places().oneHot(3).shape()).containsExactly(0, 3);
  }
}
