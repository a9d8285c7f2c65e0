/* Row-wise operations. */

/* Quantises a row to integers: 32512 steps of the largest magnitude of each 32 values, or 127.
   The low byte is never -128, whose negation overflows a byte: the AVX2 product would negate it. */
static void quantise_row(const float *x, int64_t width, const quantised_t *q, int64_t row,
                         int64_t height) {
  const int64_t tile = row / height, r = row % height;
  const int narrow = q->narrow && height == TILE;
  const float steps = narrow ? 127.0f : 32512.0f;
  for (int64_t g = 0; g < q->groups; g++) {
    const int64_t at = (tile * q->groups + g) * height + r;
    const int64_t count = least(32, width - 32 * g);
    const float *from = x + 32 * g;
    float filled[32];
    if (count < 32) {
      memset(filled, 0, sizeof filled);
      if (count > 0) memcpy(filled, from, (size_t)count * sizeof(float));
      from = filled;
    }
    vf value[32 / LANES];
    vi most_bits = splati(0);
    for (int i = 0; i < 32 / LANES; i++) {
      value[i] = load(from + LANES * i);
      /* Magnitudes compare like their bits, and those of NaN are the largest. */
      const vi sizes = (vi)absolute(value[i]), more = sizes > most_bits;
      most_bits = (sizes & more) | (most_bits & ~more);
    }
    const int32_t bits = largest_int(most_bits);
    float most;
    memcpy(&most, &bits, 4);
    const float inverse = most > 0 ? steps / most : 0.0f;
    vi sums[2] = {splati(0), splati(0)};
    for (int i = 0; i < 32 / LANES; i++) {
      /* Adding and subtracting 1.5 * 2^23 rounds to the nearest integer. */
      const vi whole = (vi)(value[i] * inverse + 12582912.0f) - 0x4b400000;
      const vi first = narrow ? whole : (whole + 128) >> 8;
      vi second = whole - (first << 8);
      second += (second == -128) & 1;
      const vi number = narrow ? first : (first << 8) + second; /* the value of the bytes */
      if (PAIRS && !narrow) {
        store_pairs((uint16_t *)(q->bytes + 64 * at) + LANES * i, number);
      } else {
        *(vb *)(q->bytes + 64 * at + LANES * i) = __builtin_convertvector(first, vb);
        *(vb *)(q->bytes + 64 * at + 32 + LANES * i) = __builtin_convertvector(second, vb);
      }
      sums[i / PARTS] += number;
    }
    const int32_t lower = sum_int(sums[0]), upper = sum_int(sums[1]);
    /* Integers can't represent infinity and NaN: the whole group becomes NaN. */
    const float scale = bits < 0x7f800000 ? most / steps : __builtin_nanf("");
    q->scales[at] = scale;
    q->sums[at] = lower + upper;
    q->upper[at] = upper;
    q->weighted[at] = scale * (lower + upper);
  }
}

/* y = norm(x) * weight, written as FP32, quantised, added to other rows, or several of these. */
typedef struct {
  rows_t x;
  const float *weight;    /* NULL: only quantised, without the norm */
  double eps;
  int64_t width;
  rows_t y;               /* data NULL: not written */
  quantised_t q;          /* bytes NULL: not written */
  rows_t added;           /* data NULL, or rows that y is added to */
} norm_t;

INLINE float mean_square(const float *x, int64_t width) {
  vf a = splat(0), b = splat(0);
  int64_t k = 0;
  for (; k + 2 * LANES <= width; k += 2 * LANES) {
    vf u = load(x + k), v = load(x + k + LANES);
    a += u * u;
    b += v * v;
  }
  float total = sum(a + b);
  for (; k < width; k++) total += x[k] * x[k];
  return total / (float)width;
}

INLINE void scale_row(const float *x, const float *weight, float factor, int64_t width, float *y) {
  int64_t k = 0;
  for (; k + LANES <= width; k += LANES) store(y + k, load(x + k) * factor * load(weight + k));
  for (; k < width; k++) y[k] = x[k] * factor * weight[k];
}

#define WIDEST 65536

static void norm(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  static _Thread_local float scratch[WIDEST] __attribute__((aligned(64)));
  const norm_t *n = op;
  const quantised_t q = quantised_for(&n->q, s, thread);
  for (int64_t row = begin; row < end; row++) {
    const float *x = row_of(&n->x, s, thread, row);
    const float *out = x;
    if (n->weight) {
      float *y = n->y.data ? row_of(&n->y, s, thread, row) : scratch;
      const float factor = 1.0f / __builtin_sqrtf(mean_square(x, n->width) + (float)n->eps);
      scale_row(x, n->weight, factor, n->width, y);
      out = y;
    }
    if (n->q.bytes) quantise_row(out, n->width, &q, row, tile_of(s));
    if (n->added.data) {
      float *to = row_of(&n->added, s, thread, row);
      for (int64_t k = 0; k < n->width; k++) to[k] += out[k];
    }
  }
}

/* Looks up rows of a table by the tokens' ids. */
typedef struct {
  weight_t table;
  double scale;
  rows_t y;
} embed_t;

static void packed_row(const weight_t *w, int64_t row, float *y) {
  const int64_t format = w->format, bytes = block_bytes(format), pairs = up_to(w->in, 64) / 64;
  const int64_t values = format <= INT4_OFFSET ? 512 : 1024, n = row % ROWS;
  const int minima = format == INT4_OFFSET || format == INT8_OFFSET;
  for (int64_t k = 0; k < w->in; k++) {
    const uint8_t *block = w->data + (row / ROWS * pairs + k / 64) * bytes;
    const uint16_t *factors = (const uint16_t *)(block + values);
    const int64_t at = k % 64, g = at / 32;
    int32_t q;
    if (format <= INT4_OFFSET) {
      const uint8_t both = block[at / 8 * 64 + 4 * n + at % 4];
      q = at / 4 % 2 ? both >> 4 : both & 15;
    } else {
      q = block[at / 4 * 64 + 4 * n + at % 4];
    }
    const int64_t scale = format == INT8_HALF ? at / 16 : g;
    y[k] = half_to_float(factors[16 * scale + n]) * (float)(q - zero_of(format));
    if (minima) y[k] += half_to_float(factors[32 + 16 * g + n]);
  }
}

static void plain_row(const weight_t *w, int64_t row, float *y) {
  const int64_t width = value_bytes(w->format);
  for (int64_t k = 0; k < w->in; k++)
    y[k] = scalar_as(w->format, w->data + (row * w->in + k) * width);
}

static void embed(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const embed_t *e = op;
  for (int64_t row = begin; row < end; row++) {
    float *y = row_of(&e->y, s, thread, row);
    if (e->table.format <= INT8_HALF) {
      packed_row(&e->table, s->token[row], y);
    } else {
      plain_row(&e->table, s->token[row], y);
    }
    for (int64_t k = 0; k < e->table.in; k++) y[k] *= (float)e->scale;
    for (int64_t k = e->table.in; k < e->y.stride; k++) y[k] = 0;
  }
}

/* Copies the picked rows, contiguously. */
typedef struct {
  rows_t x;
  rows_t y;
  int64_t width;
} pick_t;

static void pick(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const pick_t *p = op;
  (void)thread;
  for (int64_t i = begin; i < end; i++)
    memcpy(p->y.data + i * p->y.stride, p->x.data + s->picked[i] * p->x.stride,
           (size_t)p->width * sizeof(float));
}
