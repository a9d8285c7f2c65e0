/* Row-wise operations. */

/* Quantises a row to integers: 32512 steps of the largest magnitude of each 32 values, or 127.
   The low byte is never -128, whose negation overflows a byte: the AVX2 product would negate it. */
INLINE void quantise_as(int narrow, const float *x, int64_t width, const quantised_t *q, int64_t row,
                        int64_t height) {
  const int64_t tile = row / height, r = row % height;
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
      if (narrow) {
        *(vb *)(q->bytes + 64 * at + LANES * i) = __builtin_convertvector(whole, vb);
        sums[i / PARTS] += whole;
        continue;
      }
      const vi first = (whole + 128) >> 8;
      vi second = whole - (first << 8);
      second += (second == -128) & 1;
      const vi number = (first << 8) + second; /* the value of the bytes */
      if (PAIRS) {
        store_pairs((uint16_t *)(q->bytes + 64 * at) + LANES * i, number);
      } else {
        *(vb *)(q->bytes + 64 * at + LANES * i) = __builtin_convertvector(first, vb);
        *(vb *)(q->bytes + 64 * at + 32 + LANES * i) = __builtin_convertvector(second, vb);
      }
      sums[i / PARTS] += number;
    }
    int32_t lower, upper;
    sum_ints(sums[0], sums[1], &lower, &upper);
    /* Integers can't represent infinity and NaN: the whole group becomes NaN. */
    const float scale = bits < 0x7f800000 ? most * (1 / steps) : __builtin_nanf("");
    q->scales[at] = scale;
    q->sums[at] = lower + upper;
    q->upper[at] = upper;
    q->weighted[at] = scale * (lower + upper);
  }
}

static void quantise_row(const float *x, int64_t width, const quantised_t *q, int64_t row,
                         int64_t height) {
  if (q->narrow && height == TILE) {
    quantise_as(1, x, width, q, row, height);
  } else {
    quantise_as(0, x, width, q, row, height);
  }
}

/* y = norm(x) * weight (+ bias), written as FP32, quantised, added to other rows, or several of
   these. An RMS norm, or with a bias a layer norm, for which y may be x. */
typedef struct {
  rows_t x;
  const float *weight;    /* NULL: only quantised, without the norm */
  const float *bias;      /* NULL: an RMS norm */
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

INLINE float sum_of(const float *x, int64_t width) {
  vf a = splat(0);
  int64_t k = 0;
  for (; k + LANES <= width; k += LANES) a += load(x + k);
  float total = sum(a);
  for (; k < width; k++) total += x[k];
  return total;
}

/* The mean of squared distances from `mean`. */
INLINE float variance_of(const float *x, float mean, int64_t width) {
  vf a = splat(0);
  int64_t k = 0;
  for (; k + LANES <= width; k += LANES) {
    const vf away = load(x + k) - mean;
    a += away * away;
  }
  float total = sum(a);
  for (; k < width; k++) total += (x[k] - mean) * (x[k] - mean);
  return total / (float)width;
}

/* y = (x - mean) / sqrt(variance + eps) * weight + bias */
INLINE void layer_norm(const float *x, const float *weight, const float *bias, float eps,
                       int64_t width, float *y) {
  const float mean = sum_of(x, width) / (float)width;
  const float factor = 1.0f / __builtin_sqrtf(variance_of(x, mean, width) + eps);
  int64_t k = 0;
  for (; k + LANES <= width; k += LANES)
    store(y + k, (load(x + k) - mean) * factor * load(weight + k) + load(bias + k));
  for (; k < width; k++) y[k] = (x[k] - mean) * factor * weight[k] + bias[k];
}

#define WIDEST 65536

static float *own_scratch(void) {
  static _Thread_local float scratch[WIDEST] __attribute__((aligned(64)));
  return scratch;
}

static void norm(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const norm_t *n = op;
  const quantised_t q = quantised_for(&n->q, s, thread);
  for (int64_t row = begin; row < end; row++) {
    const float *x = row_of(&n->x, s, thread, row);
    const float *out = x;
    if (n->weight) {
      float *y = n->y.data ? row_of(&n->y, s, thread, row) : own_scratch();
      if (n->bias) {
        layer_norm(x, n->weight, n->bias, (float)n->eps, n->width, y);
      } else {
        const float factor = 1.0f / __builtin_sqrtf(mean_square(x, n->width) + (float)n->eps);
        scale_row(x, n->weight, factor, n->width, y);
      }
      out = y;
    }
    if (n->q.bytes) quantise_row(out, n->width, &q, row, tile_of(s));
    if (n->added.data) {
      float *to = row_of(&n->added, s, thread, row);
      for (int64_t k = 0; k < n->width; k++) to[k] += out[k];
    }
  }
}

/* Looks up rows of a table by the tokens' ids, or by other numbers of theirs. */
typedef struct {
  weight_t table;
  double scale;
  const int64_t *ids;     /* [M], or NULL: the tokens' ids */
  int64_t added;          /* whether the rows are added to y */
  rows_t y;
} embed_t;

static void packed_row(const weight_t *w, int64_t row, float *y) {
  const int64_t format = w->format, bytes = block_bytes(format), pairs = up_to(w->in, 64) / 64;
  const int64_t values = format <= INT4_OFFSET ? 512 : 1024, n = row % ROWS;
  const int minima = format == INT4_OFFSET || format == INT8_OFFSET;
  for (int64_t k = 0; k < w->in; k += 16) {
    const uint8_t *block = w->data + (row / ROWS * pairs + k / 64) * bytes;
    const uint16_t *factors = (const uint16_t *)(block + values);
    const int64_t first = k % 64, g = first / 32, count = least(16, w->in - k);
    const float scale = half_to_float(factors[16 * (format == INT8_HALF ? first / 16 : g) + n]);
    const float least_value = minima ? half_to_float(factors[32 + 16 * g + n]) : 0.0f;
    for (int64_t i = 0; i < count; i++) {
      const int64_t at = first + i;
      int32_t q;
      if (format <= INT4_OFFSET) {
        const uint8_t both = block[at / 8 * 64 + 4 * n + at % 4];
        q = at / 4 % 2 ? both >> 4 : both & 15;
      } else {
        q = block[at / 4 * 64 + 4 * n + at % 4];
      }
      const float value = scale * (float)(q - zero_of(format));
      y[k + i] = minima ? value + least_value : value; /* adding 0 would lose the sign of -0 */
    }
  }
}

static void plain_row(const weight_t *w, int64_t row, float *y) {
  const int64_t width = value_bytes(w->format);
  for (int64_t k = 0; k < w->in; k++)
    y[k] = scalar_as(w->format, w->data + (row * w->in + k) * width);
}

static void embed(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const embed_t *e = op;
  const int64_t *ids = e->ids ? e->ids : s->token;
  for (int64_t row = begin; row < end; row++) {
    float *y = row_of(&e->y, s, thread, row);
    float *own = e->added ? own_scratch() : y;
    if (e->table.format <= INT8_HALF) {
      packed_row(&e->table, ids[row], own);
    } else {
      plain_row(&e->table, ids[row], own);
    }
    if (e->added) {
      for (int64_t k = 0; k < e->table.in; k++) y[k] += own[k] * (float)e->scale;
      continue;
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
