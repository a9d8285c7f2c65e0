/* Weights for sparse.c. */

/* Transposes `out` rows of `in` values into a plain block [64 inputs][16 outputs], padded with
   zeros. */
void deepseek_pack_block(int64_t format, const uint8_t *data, int64_t stride, int64_t in,
                         int64_t out, uint8_t *block) {
  const int64_t width = value_bytes(format);
  memset(block, 0, (size_t)(64 * ROWS * width));
  for (int64_t n = 0; n < out; n++)
    for (int64_t k = 0; k < in; k++)
      memcpy(block + (k * ROWS + n) * width, data + n * stride + k * width, (size_t)width);
}

/* Rows begin to end of a weight [out, in] of GGML type `type` (float32, float16 or bfloat16),
   quantised, each stored contiguously. */
void deepseek_pack_rows(int64_t type, int64_t format, const uint8_t *data, int64_t in,
                        uint8_t *packed, int64_t begin, int64_t end) {
  const int64_t groups = up_to(in, 32) / 32, step = group_bytes(format);
  const int64_t stride = in * (type == F_F32 ? 4 : 2);
  group_t group;
  for (int64_t n = begin; n < end; n++) {
    uint8_t *row = packed + n * row_bytes(format, in);
    uint8_t *factors = row + groups * step;
    for (int64_t g = 0; g < groups; g++) {
      round_group(type, format, data + n * stride, g, in, &group);
      for (int i = 0; i < 16; i++) {
        if (format <= INT4_OFFSET) {
          row[g * step + i] = (uint8_t)(group.q[i] | group.q[i + 16] << 4);
        } else {
          row[g * step + i] = group.q[i] ^ 128;
          row[g * step + i + 16] = group.q[i + 16] ^ 128;
        }
      }
      const uint16_t scale = float_to_half(group.scale), minimum = float_to_half(group.minimum);
      memcpy(factors + 2 * g, &scale, 2);
      if (format == INT4_OFFSET) memcpy(factors + 2 * (groups + g), &minimum, 2);
    }
  }
}

/* Dequantises row `row` of such a weight. */
void deepseek_unpack_row(int64_t format, int64_t data, int64_t in, int64_t row, int64_t to) {
  const uint8_t *from = (const uint8_t *)data + row * row_bytes(format, in);
  const int64_t groups = up_to(in, 32) / 32;
  float *y = (float *)to;
  for (int64_t k = 0; k < in; k++) {
    if (format > INT8_HALF) {
      y[k] = scalar_as(format, from + k * value_bytes(format));
      continue;
    }
    const int64_t g = k / 32, i = k % 32;
    const uint8_t *values = from + g * group_bytes(format);
    const uint8_t *factors = from + groups * group_bytes(format);
    const float scale = half_at(factors + 2 * g);
    if (format == INT8) {
      y[k] = scale * (int8_t)values[i];
    } else {
      const int32_t q = i < 16 ? values[i] & 15 : values[i - 16] >> 4;
      y[k] = format == INT4 ? scale * (q - 8) : scale * q + half_at(factors + 2 * (groups + g));
    }
  }
}
