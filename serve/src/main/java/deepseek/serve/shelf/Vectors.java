package deepseek.serve.shelf;

import java.util.Arrays;
import java.util.List;

/** Vectors of texts, made shorter. */
public final class Vectors {
  private static final double LEAST_LENGTH = 1e-12;

  private Vectors() {}

  /**
   * The first {@code dim} numbers of each, brought to length 1 where any are left out: what models
   * that were trained for it (Kusupati et al., "Matryoshka Representation Learning", 2022) are made
   * for.
   */
  public static List<float[]> shortened(List<float[]> vectors, int dim) {
    return vectors.stream().map(vector -> shortened(vector, dim)).toList();
  }

  private static float[] shortened(float[] vector, int dim) {
    if (vector.length <= dim) {
      return vector;
    }
    float[] first = Arrays.copyOf(vector, dim);
    double squares = 0;
    for (float number : first) {
      squares += (double) number * number;
    }
    double length = Math.max(Math.sqrt(squares), LEAST_LENGTH);
    for (int i = 0; i < dim; i++) {
      first[i] = (float) (first[i] / length);
    }
    return first;
  }
}
