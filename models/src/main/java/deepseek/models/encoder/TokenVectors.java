package deepseek.models.encoder;

/**
 * The last hidden states [L, D] of one text's tokens, among those of others.
 *
 * @param all FP32, row by row
 * @param start of the text's first vector
 * @param length L
 * @param dim D
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared
record TokenVectors(float[] all, int start, int length, int dim) {
  /** Value {@code i} of token {@code n}. */
  float at(int n, int i) {
    return all[start + n * dim + i];
  }

  /** The vector of token {@code n}. */
  float[] vector(int n) {
    float[] vector = new float[dim];
    System.arraycopy(all, start + n * dim, vector, 0, dim);
    return vector;
  }
}
