/* Packs weights from the formats of model files into blocks of 16 rows. */

enum { F_Q4_0 = 2, F_Q4_1 = 3, F_Q5_0 = 6, F_Q5_1 = 7, F_Q8_0 = 8, F_Q4_K = 12, F_Q5_K = 13,
       F_Q6_K = 14, F_IQ4_NL = 20, F_F32 = 0, F_F16 = 1, F_BF16 = 30 };

/* 32 values: value = scale * (q - zero of the format) + minimum; second scale from value 16 on. */
typedef struct {
  uint8_t q[32];
  float scale, second, minimum;
} group_t;

INLINE float half_at(const uint8_t *p) {
  uint16_t h;
  memcpy(&h, p, 2);
  return half_to_float(h);
}

/* Unpacks a K-quant's eight 6-bit scales and minima from twelve bytes. */
INLINE void six_bits(const uint8_t *s, int j, uint8_t *scale, uint8_t *minimum) {
  if (j < 4) {
    *scale = s[j] & 63;
    *minimum = s[j + 4] & 63;
  } else {
    *scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    *minimum = (s[j + 4] >> 4) | (s[j] >> 6) << 4;
  }
}

static const int8_t NON_LINEAR[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};

static void read_group(int64_t type, const uint8_t *row, int64_t g, group_t *out) {
  out->minimum = 0;
  switch (type) {
    case F_Q4_0: {
      const uint8_t *b = row + g * 18;
      out->scale = half_at(b);
      for (int i = 0; i < 16; i++) {
        out->q[i] = b[2 + i] & 15;
        out->q[i + 16] = b[2 + i] >> 4;
      }
      break;
    }
    case F_Q4_1: {
      const uint8_t *b = row + g * 20;
      out->scale = half_at(b);
      out->minimum = half_at(b + 2);
      for (int i = 0; i < 16; i++) {
        out->q[i] = b[4 + i] & 15;
        out->q[i + 16] = b[4 + i] >> 4;
      }
      break;
    }
    case F_Q5_0:
    case F_Q5_1: {
      const uint8_t *b = row + g * (type == F_Q5_0 ? 22 : 24), *low;
      uint32_t high;
      out->scale = half_at(b);
      if (type == F_Q5_1) {
        out->minimum = half_at(b + 2);
        b += 2;
      }
      memcpy(&high, b + 2, 4);
      low = b + 6;
      /* INT8's zero is 128, Q5_0's 16; Q5_1 goes to INT8_OFFSET, whose zero is 0. */
      const uint8_t lift = type == F_Q5_0 ? 112 : 0;
      for (int i = 0; i < 16; i++) {
        out->q[i] = (uint8_t)(((low[i] & 15) | (high >> i & 1) << 4) + lift);
        out->q[i + 16] = (uint8_t)((low[i] >> 4 | (high >> (i + 16) & 1) << 4) + lift);
      }
      break;
    }
    case F_Q8_0: {
      const uint8_t *b = row + g * 34;
      out->scale = half_at(b);
      for (int i = 0; i < 32; i++) out->q[i] = b[2 + i] ^ 128;
      break;
    }
    case F_Q4_K:
    case F_Q5_K: {
      const int64_t size = type == F_Q4_K ? 144 : 176, j = g % 8;
      const uint8_t *b = row + g / 8 * size;
      const uint8_t *q = b + (type == F_Q4_K ? 16 : 48) + j / 2 * 32;
      uint8_t scale, minimum;
      six_bits(b + 4, (int)j, &scale, &minimum);
      out->scale = half_at(b) * scale;
      out->minimum = -half_at(b + 2) * minimum;
      for (int i = 0; i < 32; i++) {
        out->q[i] = j % 2 ? q[i] >> 4 : q[i] & 15;
        if (type == F_Q5_K) out->q[i] |= (b[16 + i] >> j & 1) << 4;
      }
      break;
    }
    case F_Q6_K: {
      const uint8_t *b = row + g / 8 * 210;
      const int64_t j = g % 8, half = j / 4, quarter = j % 4;
      const uint8_t *low = b + 64 * half + 32 * (quarter % 2), *high = b + 128 + 32 * half;
      const int8_t *scales = (const int8_t *)(b + 192) + 8 * half + 2 * quarter;
      const float scale = half_at(b + 208);
      out->scale = scale * scales[0];
      out->second = scale * scales[1];
      for (int i = 0; i < 32; i++) {
        const uint8_t nibble = quarter / 2 ? low[i] >> 4 : low[i] & 15;
        out->q[i] = (uint8_t)((nibble | (high[i] >> 2 * quarter & 3) << 4) + 96);
      }
      break;
    }
    default: { /* F_IQ4_NL */
      const uint8_t *b = row + g * 18;
      out->scale = half_at(b);
      for (int i = 0; i < 16; i++) {
        out->q[i] = (uint8_t)(NON_LINEAR[b[2 + i] & 15] + 128);
        out->q[i + 16] = (uint8_t)(NON_LINEAR[b[2 + i] >> 4] + 128);
      }
    }
  }
  if (type != F_Q6_K) out->second = out->scale;
}

/* Quantises 32 plain values to `format`. */
static void round_group(int64_t type, int64_t format, const uint8_t *row, int64_t g, int64_t in,
                        group_t *out) {
  const int64_t kind = type == F_F32 ? F32 : type == F_F16 ? F16 : BF16;
  float x[32], low, high, most = 0;
  for (int i = 0; i < 32; i++) {
    const int64_t k = 32 * g + i;
    x[i] = k < in ? scalar_as(kind, row + k * value_bytes(kind)) : 0;
  }
  low = high = x[0];
  for (int i = 0; i < 32; i++) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
    const float size = x[i] < 0 ? -x[i] : x[i];
    most = size > most ? size : most;
  }
  const int minima = format == INT4_OFFSET;
  const float steps = minima ? 15.0f : format == INT4 ? 7.0f : 127.0f;
  /* Rounded to float16, as they are stored. */
  out->scale = half_to_float(float_to_half((minima ? high - low : most) / steps));
  out->minimum = minima ? half_to_float(float_to_half(low)) : 0;
  out->second = out->scale;
  const float inverse = out->scale > 0 ? 1 / out->scale : 0;
  const int32_t zero = zero_of(format), top = format <= INT4_OFFSET ? 15 : 255;
  for (int i = 0; i < 32; i++) {
    const float place = (x[i] - out->minimum) * inverse + (float)zero + 0.5f;
    int32_t q = place < 0 ? 0 : (int32_t)place;
    q = q > top ? top : q;
    out->q[i] = (uint8_t)(q < 1 && format == INT8 ? 1 : q);
  }
}

/* Packs blocks begin to end (16 rows each) of a weight [out, in] of GGML type `type` with rows
   `row_bytes` apart. If `order` isn't 0, order[n] is the stored row that becomes row n. Padding
   rows and columns are zero. */
void deepseek_pack(int64_t type, int64_t format, const uint8_t *data, int64_t row_bytes, int64_t in,
                   int64_t out, const int64_t *order, uint8_t *packed, int64_t begin, int64_t end) {
  const int64_t pairs = up_to(in, 64) / 64, bytes = block_bytes(format);
  const int64_t values = format <= INT4_OFFSET ? 512 : 1024;
  const int minima = format == INT4_OFFSET || format == INT8_OFFSET, plain = type < 2 || type == F_BF16;
  group_t group;
  for (int64_t b = begin; b < end; b++) {
    uint8_t *to = packed + b * pairs * bytes;
    memset(to, 0, (size_t)(pairs * bytes));
    for (int64_t n = 0; n < ROWS; n++) {
      const int64_t row = b * ROWS + n;
      if (row >= out) break;
      const uint8_t *from = data + (order ? order[row] : row) * row_bytes;
      for (int64_t g = 0; g < 2 * pairs && 32 * g < in; g++) {
        if (plain) {
          round_group(type, format, from, g, in, &group);
        } else {
          read_group(type, from, g, &group);
        }
        uint8_t *block = to + g / 2 * bytes;
        uint16_t *factors = (uint16_t *)(block + values);
        for (int64_t i = 0; i < 32; i++) {
          const int64_t at = 32 * (g % 2) + i;
          if (format <= INT4_OFFSET) {
            block[at / 8 * 64 + 4 * n + at % 4] |= (uint8_t)(group.q[i] << (at / 4 % 2 ? 4 : 0));
          } else {
            block[at / 4 * 64 + 4 * n + at % 4] = group.q[i];
          }
        }
        if (format == INT8_HALF) {
          factors[32 * (g % 2) + n] = float_to_half(group.scale);
          factors[32 * (g % 2) + 16 + n] = float_to_half(group.second);
        } else {
          factors[16 * (g % 2) + n] = float_to_half(group.scale);
        }
        if (minima) factors[32 + 16 * (g % 2) + n] = float_to_half(group.minimum);
      }
    }
  }
}

/* Dequantises row `row` of a packed weight. */
void deepseek_unpack(int64_t format, int64_t data, int64_t in, int64_t row, int64_t to) {
  const weight_t w = {format, (const uint8_t *)data, in, 0};
  packed_row(&w, row, (float *)to);
}
