/* Attention over a paged KV cache: grouped-query and latent attention, sliding windows. In each
   page of its group, a layer has rows [key head][KEYS] of keys, and as many of values. Encoders
   attend to whole spans instead, whose keys and values are rows of the call and kept nowhere. */

typedef struct {
  int64_t heads;
  int64_t key_heads;
  int64_t width;          /* of a key */
  int64_t value_width;
  int64_t latent;         /* each value is a prefix of its key */
  int64_t format;         /* of the cache */
  int64_t group;          /* of pages */
  int64_t keys_at;        /* bytes from a page's start to this layer's keys */
  int64_t values_at;
  rows_t q;               /* [M, heads * width] */
  rows_t k;
  rows_t v;
  const float *query_norm; /* or NULL: weights [width] of an RMSNorm over each head */
  const float *key_norm;
  double eps;
  int64_t pairs;          /* rotary: 0 pairs i with i + width/2; 1 pairs 2i with 2i + 1 */
  const float *cosines;   /* [M][width / 2] */
  const float *sines;
  double scale;
  int64_t window;         /* 0: all */
  int64_t whole;          /* each token attends to all of its span, whose slots begin at 0 */
  rows_t y;               /* [M, heads * value_width] */
  float *partial;         /* [teams][splits][team's queries][2 + value_width, padded to vectors] */
  int32_t *arrived;       /* [teams] counters, zero between runs */
} attention_t;

#define WIDEST_HEAD 640
#define MOST_SPLITS 16
#define QUERIES 32

/* A cached row of values has a weight's format or KEPT8: a byte for each, then a float16 scale
   for each GROUP. With KEPT8 values, keys are KEPT9, which has the lowest bits between the bytes
   and the scales: softmax takes the exponential of a score's error, and with KEPT8 for both, the
   keys caused nine tenths of the error. */
enum { KEPT8 = 8, KEPT9 = 9 };

#define GROUP 32

INLINE int64_t low_bytes(int64_t format, int64_t width) {
  return format == KEPT9 ? up_to((width + 7) / 8, 2) : 0;
}

INLINE int64_t kept_bytes(int64_t format, int64_t width) {
  if (format < KEPT8) return width * value_bytes(format);
  return up_to(width, 2) + low_bytes(format, width) + 2 * ((width + GROUP - 1) / GROUP);
}

/* How many leading numbers of a key's row serve as its value. */
INLINE int64_t shared_values(const attention_t *a) { return a->latent ? a->value_width : 0; }

INLINE int64_t key_format(const attention_t *a) { return a->format == KEPT8 ? KEPT9 : a->format; }

INLINE int64_t key_bytes(const attention_t *a) {
  const int64_t values = shared_values(a);
  return kept_bytes(a->format, values) + kept_bytes(key_format(a), a->width - values);
}

/* The stride of rows of values. */
INLINE int64_t value_row_bytes(const attention_t *a) {
  return a->latent ? key_bytes(a) : kept_bytes(a->format, a->value_width);
}

INLINE uint8_t *row_at(const attention_t *a, const span_t *p, int64_t offset, int64_t row_bytes,
                       int64_t head, int64_t slot) {
  return p->pages[a->group][slot / KEYS] + offset + (head * KEYS + slot % KEYS) * row_bytes;
}

INLINE uint8_t *key_at(const attention_t *a, const span_t *p, int64_t head, int64_t slot) {
  return row_at(a, p, a->keys_at, key_bytes(a), head, slot);
}

INLINE uint8_t *value_at(const attention_t *a, const span_t *p, int64_t head, int64_t slot) {
  return row_at(a, p, a->values_at, value_row_bytes(a), head, slot);
}

/* Rotates pairs of x [2 half] by a position's cosines and sines [half]. */
static void turn_pairs(float *x, int64_t pairs, int64_t half, const float *c, const float *s) {
  for (int64_t i = 0; i < half; i++) {
    float *u = pairs ? x + 2 * i : x + i, *v = pairs ? x + 2 * i + 1 : x + half + i;
    const float p = *u, q = *v;
    *u = p * c[i] - q * s[i];
    *v = q * c[i] + p * s[i];
  }
}

static void turn_head(const attention_t *a, float *x, const float *weight, int64_t row) {
  const int64_t half = a->width / 2;
  if (weight) {
    const float factor = 1.0f / __builtin_sqrtf(mean_square(x, a->width) + (float)a->eps);
    scale_row(x, weight, factor, a->width, x);
  }
  turn_pairs(x, a->pairs, half, a->cosines + row * half, a->sines + row * half);
}

/* Loads values k.. of a head, zero from its width on. */
INLINE vf load_head(int64_t format, const uint8_t *head, int64_t k, int64_t width) {
  const uint8_t *from = head + k * value_bytes(format);
  if (k + LANES <= width) return load_as(format, from);
  vf x = splat(0);
  for (int64_t i = 0; i < width - k; i++) x[i] = scalar_as(format, from + i * value_bytes(format));
  return x;
}

INLINE void store_head(int64_t format, uint8_t *head, int64_t k, int64_t width, vf x) {
  uint8_t *to = head + k * value_bytes(format);
  if (k + LANES <= width) {
    store_as(format, to, x);
  } else {
    float whole[LANES];
    store_as(format, whole, x);
    memcpy(to, whole, (size_t)((width - k) * value_bytes(format)));
  }
}

/* Loads values k.. of a KEPT8 or KEPT9 row, zero from its width on. */
INLINE vf load_scaled(int64_t format, const uint8_t *row, int64_t k, int64_t width) {
  const uint8_t *low = row + up_to(width, 2);
  uint16_t scale;
  memcpy(&scale, low + low_bytes(format, width) + k / GROUP * 2, 2);
#if defined(__F16C__)
  const float factor = _cvtsh_ss(scale);
#else
  const float factor = half_to_float(scale);
#endif
  uint8_t whole[LANES] = {0};
  const uint8_t *from = row + k;
  if (k + LANES > width) from = memcpy(whole, from, (size_t)(width - k));
  vi steps = widened_signed(from);
  if (format == KEPT9) {
#if LANES == 16
    uint16_t bits;
    memcpy(&bits, low + k / 8, 2);
#else
    const int32_t bits = low[k / 8] >> k % 8;
#endif
    steps = 2 * steps + (splati(bits) >> LANE & 1);
  }
  return __builtin_convertvector(steps, vf) * factor;
}

/* Loads values k.. of a cached row, zero from its width on. */
INLINE vf load_kept(int64_t format, const uint8_t *row, int64_t k, int64_t width) {
  return format < KEPT8 ? load_head(format, row, k, width) : load_scaled(format, row, k, width);
}

/* x = H x / sqrt(n), H a Hadamard matrix of n = 2^i <= GROUP, in i rounds, each of which rotates
   the bits of the indices by one. */
INLINE void hadamard(float *x, int64_t n) {
  float y[GROUP];
  for (int64_t round = 1; round < n; round *= 2) {
    for (int64_t i = 0; i < n / 2; i++) {
      y[2 * i] = x[i] + x[i + n / 2];
      y[2 * i + 1] = x[i] - x[i + n / 2];
    }
    memcpy(x, y, (size_t)n * sizeof(float));
  }
  const float factor = 1 / __builtin_sqrtf((float)n);
  for (int64_t i = 0; i < n; i++) x[i] *= factor;
}

/* Spreads outliers over their whole group, so that the group's scale fits its values (QuaRot,
   arXiv:2404.00456): multiplies each group by H, which is its own inverse and preserves dot
   products. A last partial group is split into smaller powers of two. */
static void spread(float *x, int64_t width) {
  int64_t k = 0;
  for (; k + GROUP <= width; k += GROUP) hadamard(x + k, GROUP);
  for (int64_t n = GROUP / 2; n > 1; n /= 2)
    if ((width - k) & n) {
      hadamard(x + k, n);
      k += n;
    }
}

/* Transforms x into the basis of the cache, or back. */
INLINE void spread_if_kept(const attention_t *a, float *x, int64_t width) {
  if (a->format == KEPT8) spread(x, width);
}

/* Rounds to 127 steps of each group's largest magnitude, or to 255. */
static void keep_bytes(int64_t format, const float *x, int64_t width, uint8_t *to) {
  uint8_t *low = to + up_to(width, 2);
  uint16_t *scales = (uint16_t *)(low + low_bytes(format, width));
  const float steps = format == KEPT9 ? 255 : 127;
  memset(low, 0, (size_t)low_bytes(format, width));
  for (int64_t k = 0; k < width; k += GROUP) {
    const int64_t count = least(GROUP, width - k);
    float most = 0;
    for (int64_t i = 0; i < count; i++) {
      const float size = __builtin_fabsf(x[k + i]);
      if (!(size <= most)) most = size; /* also propagates NaN */
    }
    scales[k / GROUP] = float_to_half(most / steps);
    const float scale = half_to_float(scales[k / GROUP]), inverse = scale > 0 ? 1 / scale : 0;
    for (int64_t i = k; i < k + count; i++) {
      const float x_steps = x[i] * inverse;
      const int32_t q = x_steps > steps    ? (int32_t)steps
                        : x_steps < -steps ? -(int32_t)steps
                                           : (int32_t)__builtin_rintf(x_steps);
      if (format == KEPT9) low[i / 8] |= (uint8_t)((q & 1) << i % 8);
      ((int8_t *)to)[i] = (int8_t)(format == KEPT9 ? q >> 1 : q);
    }
  }
}

/* Stores x, spread first if the format requires it. */
static void keep(int64_t format, float *x, int64_t width, uint8_t *to) {
  if (format >= KEPT8) {
    spread(x, width);
    keep_bytes(format, x, width, to);
  } else {
    for (int64_t k = 0; k < width; k += LANES)
      store_head(format, to, k, width, load_head(F32, (const uint8_t *)x, k, width));
  }
}

static void keep_key(const attention_t *a, float *x, uint8_t *to) {
  const int64_t values = shared_values(a);
  keep(a->format, x, values, to);
  keep(key_format(a), x + values, a->width - values, to + kept_bytes(a->format, values));
}

/* Item: a head of a row. Applies norm and rotary embedding to queries and keys, and appends keys
   and values to the cache. */
static void rotate(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const attention_t *a = op;
  const int64_t all = a->heads + 2 * a->key_heads, width = a->width;
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / all, slot = slot_of(s, row);
    const span_t *p = span_of(s, row);
    int64_t head = item % all;
    if (head < a->heads) {
      float *x = a->q.data + row * a->q.stride + head * width;
      turn_head(a, x, a->query_norm, row);
      spread_if_kept(a, x, width);
      continue;
    }
    head -= a->heads;
    if (head < a->key_heads) {
      float *x = a->k.data + row * a->k.stride + head * width;
      turn_head(a, x, a->key_norm, row);
      keep_key(a, x, key_at(a, p, head, slot));
    } else {
      head -= a->key_heads;
      float *x = a->v.data + row * a->v.stride + head * width;
      keep(a->format, x, width, value_at(a, p, head, slot));
    }
  }
}

/* The first slot that the token at `slot` attends to. */
INLINE int64_t first_seen(const attention_t *a, int64_t slot) {
  return a->window > 0 && slot >= a->window ? slot - a->window + 1 : 0;
}

/* Up to 32 queries over the same keys, with the state of their online softmax: the largest
   score, the sum of weights relative to it, and the weighted sum of values. */
typedef struct {
  float most[QUERIES];
  float total[QUERIES];
  float out[QUERIES][WIDEST_HEAD];
} seen_t;

/* Transposes `count` keys to columns [width][64]. */
static void turn_keys(const attention_t *a, const uint8_t *keys, int64_t count, float *turned) {
  static _Thread_local float plain[KEYS * WIDEST_HEAD + LANES] __attribute__((aligned(64)));
  const int64_t width = a->width, whole = up_to(width, LANES);
  if (a->format != KEPT8) {
    turn(a->format, keys, width, count, 0, 0, width, turned);
    return;
  }
  const int64_t bytes = key_bytes(a);
  const int64_t values = shared_values(a), rest = width - values;
  for (int64_t j = 0; j < count; j++) {
    const uint8_t *row = keys + j * bytes, *end = row + kept_bytes(KEPT8, values);
    float *to = plain + j * whole;
    for (int64_t k = 0; k < values; k += LANES) store(to + k, load_kept(KEPT8, row, k, values));
    for (int64_t k = 0; k < rest; k += LANES)
      store(to + values + k, load_kept(KEPT9, end, k, rest));
  }
  turn(F32, (const uint8_t *)plain, whole, count, 0, 0, width, turned);
}

INLINE void copy_as(int64_t format, const uint8_t *rows, int64_t row_bytes, int64_t width,
                    int64_t count, int64_t column, float *panel) {
  const int64_t columns = least(64, width - column);
  for (int64_t j = 0; j < count; j++)
    for (int64_t k = 0; k < columns; k += LANES)
      *(vf *)(panel + 64 * j + k) = load_kept(format, rows + j * row_bytes, column + k, width);
}

/* panel[j] = 64 columns of row j. */
static void copy_columns(int64_t format, const uint8_t *rows, int64_t row_bytes, int64_t width,
                         int64_t count, int64_t column, float *panel) {
  switch (format) {
    case BF16: copy_as(BF16, rows, row_bytes, width, count, column, panel); break;
    case F16: copy_as(F16, rows, row_bytes, width, count, column, panel); break;
    case KEPT8: copy_as(KEPT8, rows, row_bytes, width, count, column, panel); break;
    default: copy_as(F32, rows, row_bytes, width, count, column, panel);
  }
}

/* Columns [width][64] of a key head's `places` slots from `base` on. */
static void key_columns(const attention_t *a, const span_t *p, int64_t head, int64_t base,
                        int64_t places, float *turned) {
  if (a->whole) {
    const float *k = a->k.data + p->row * a->k.stride;
    turn(F32, (const uint8_t *)k, a->k.stride, p->count, base, head * a->width, a->width, turned);
  } else {
    turn_keys(a, key_at(a, p, head, base), places, turned);
  }
}

/* panel[j] = 64 columns from `column` on of the values at these slots. */
static void value_columns(const attention_t *a, const span_t *p, int64_t head, int64_t base,
                          int64_t places, int64_t column, float *panel) {
  const int64_t width = a->value_width;
  if (a->whole) {
    const float *v = a->v.data + (p->row + base) * a->v.stride + head * width;
    copy_columns(F32, (const uint8_t *)v, a->v.stride * (int64_t)sizeof(float), width, places,
                 column, panel);
  } else {
    copy_columns(a->format, value_at(a, p, head, base), value_row_bytes(a), width, places, column,
                 panel);
  }
}

/* Updates `seen` with slots from..to of a key head, page by page, for `count` queries `apart`
   floats from each other, of which query r attends to lowest[r] to own[r]. */
static void look(const attention_t *a, int64_t count, const float *q, int64_t apart,
                 const int64_t *lowest, const int64_t *own, const span_t *p, int64_t head,
                 int64_t from, int64_t to, seen_t *seen) {
  static _Thread_local float k_turned[WIDEST_HEAD * KEYS] __attribute__((aligned(64)));
  static _Thread_local float v_plain[KEYS * 64] __attribute__((aligned(64)));
  static _Thread_local float score[QUERIES][KEYS] __attribute__((aligned(64)));
  const int64_t width = a->width, value_width = a->value_width;
  for (int64_t r = 0; r < count; r++) {
    seen->most[r] = -3.0e38f;
    seen->total[r] = 0;
    memset(seen->out[r], 0, (size_t)up_to(value_width, 64) * sizeof(float));
  }
  for (int64_t base = from / KEYS * KEYS; base < to; base += KEYS) {
    const int64_t places = least(KEYS, to - base), columns = up_to(places, LANES);
    key_columns(a, p, head, base, places, k_turned);
    outer_columns(columns, count, 0, width, q, apart, k_turned, score[0], KEYS);
    for (int64_t r = 0; r < count; r++) {
      const int all_seen = lowest[r] <= base && own[r] >= base + columns - 1;
      vf x[KEYS / LANES], top = splat(seen->most[r]);
      for (int i = 0; i < columns / LANES; i++) {
        x[i] = load(score[r] + LANES * i) * (float)a->scale;
        if (!all_seen) {
          vi at = LANE + (int32_t)(base + LANES * i);
          vi visible = (at >= (int32_t)lowest[r]) & (at <= (int32_t)own[r]);
          x[i] = choose(visible, x[i], splat(-3.0e38f));
        }
        top = maximum(top, x[i]);
      }
      const float most = largest(top);
      vf added = splat(0);
      for (int i = 0; i < columns / LANES; i++) {
        /* A row that attends to none of these yet gets weight 0. */
        vf e = choose(x[i] < -2.0e38f, splat(0), exponential(x[i] - most));
        store(score[r] + LANES * i, e);
        added += e;
      }
      if (seen->total[r] == 0) {
        seen->total[r] = sum(added);
      } else {
        const float shrink = exponential(splat(seen->most[r] - most))[0];
        seen->total[r] = seen->total[r] * shrink + sum(added);
        for (int64_t k = 0; k < value_width; k += LANES)
          store(seen->out[r] + k, load(seen->out[r] + k) * shrink);
      }
      seen->most[r] = most;
    }
    for (int64_t n = 0; n < value_width; n += 64) {
      value_columns(a, p, head, base, places, n, v_plain);
      outer_columns(least(64, value_width - n), count, 1, places, score[0], KEYS, v_plain,
                    seen->out[0] + n, WIDEST_HEAD);
    }
  }
}

static seen_t *own_seen(void) {
  static _Thread_local seen_t seen __attribute__((aligned(64)));
  return &seen;
}

/* With up to MOST_DIRECT queries, keys aren't transposed: DIRECT queries at a time are multiplied by
   one key after another, and their weights by one value after another. */
#define MOST_DIRECT 8
#define DIRECT 4
#define KEYS_ABREAST (LANES == 8 ? 2 : 4)

/* The sums of LANES vectors, one in each lane: adds halves of the vectors in pairs, which moves the
   bits of their indices to the lanes'. */
INLINE vf sums_of(vf *x) {
#pragma GCC unroll 4
  for (int half = LANES / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < half; i++)
      x[i] = SHUFFLE2(x[i], x[i + half], FIRST) + SHUFFLE2(x[i], x[i + half], LAST);
  return x[0];
}

/* score[r][..] of LANES keys times `count` queries; both have whole vectors. */
INLINE void key_dots(int count, const float *keys, int64_t whole, const float *q,
                     float (*score)[KEYS]) {
  vf dots[DIRECT][LANES];
  for (int first = 0; first < LANES; first += KEYS_ABREAST) {
    vf own[DIRECT][KEYS_ABREAST];
    for (int i = 0; i < KEYS_ABREAST; i++)
      for (int r = 0; r < count; r++) own[r][i] = splat(0);
    for (int64_t k = 0; k < whole; k += LANES) {
      vf x[KEYS_ABREAST];
      for (int i = 0; i < KEYS_ABREAST; i++) x[i] = load(keys + (first + i) * whole + k);
      for (int r = 0; r < count; r++)
        for (int i = 0; i < KEYS_ABREAST; i++) own[r][i] += x[i] * load(q + r * whole + k);
    }
    for (int i = 0; i < KEYS_ABREAST; i++)
      for (int r = 0; r < count; r++) dots[r][first + i] = own[r][i];
  }
  for (int r = 0; r < count; r++) store(score[r], sums_of(dots[r]));
}

/* Turns scores of slots from `base` on into weights of those from..to, and updates one query's
   state; returns the factor for its values so far. */
static float weigh(const attention_t *a, int64_t base, int64_t from, int64_t to, float *score,
                   float *most, float *total) {
  const int64_t columns = up_to(least(KEYS, to - base), LANES);
  vf x[KEYS / LANES], top = splat(*most), added = splat(0);
  for (int i = 0; i < columns / LANES; i++) {
    const vi at = LANE + (int32_t)(base + LANES * i);
    const vi visible = (at >= (int32_t)from) & (at < (int32_t)to);
    x[i] = choose(visible, load(score + LANES * i) * (float)a->scale, splat(-3.0e38f));
    top = maximum(top, x[i]);
  }
  const float now = largest(top), shrink = exponential(splat(*most - now))[0];
  for (int i = 0; i < columns / LANES; i++) {
    const vf e = choose(x[i] < -2.0e38f, splat(0), exponential(x[i] - now));
    store(score + LANES * i, e);
    added += e;
  }
  *most = now;
  *total = *total * shrink + sum(added);
  return shrink;
}

/* out[r] = out[r] * shrink[r] + the queries' weights times `across` vectors of `places` values. */
INLINE void value_sums(int count, int across, const float *values, int64_t whole, int64_t places,
                       float (*weight)[KEYS], const float *shrink, float *out) {
  vf own[DIRECT][ACROSS];
  for (int r = 0; r < count; r++)
    for (int n = 0; n < across; n++)
      own[r][n] = load(out + r * WIDEST_HEAD + LANES * n) * shrink[r];
  for (int64_t j = 0; j < places; j++)
    for (int r = 0; r < count; r++)
      for (int n = 0; n < across; n++)
        own[r][n] += load(values + j * whole + LANES * n) * splat(weight[r][j]);
  for (int r = 0; r < count; r++)
    for (int n = 0; n < across; n++) store(out + r * WIDEST_HEAD + LANES * n, own[r][n]);
}

/* Updates the state of `count` queries, from query g of `seen` on, with the slots of one page:
   keys and values in whole vectors. */
INLINE void look_at_page(const attention_t *a, int count, const float *q, int64_t g, const float *keys,
                         const float *values, int64_t base, int64_t from, int64_t to, seen_t *seen) {
  const int64_t places = least(KEYS, to - base), whole = up_to(a->width, LANES);
  const int64_t value_whole = up_to(a->value_width, LANES);
  float score[DIRECT][KEYS] __attribute__((aligned(64))), shrink[DIRECT];
  float(*at)[KEYS] = score, *out = seen->out[g];
  for (int64_t j = 0; j < places; j += LANES)
    key_dots(count, keys + j * whole, whole, q + g * whole, (float(*)[KEYS])(at[0] + j));
  for (int r = 0; r < count; r++)
    shrink[r] = weigh(a, base, from, to, score[r], seen->most + g + r, seen->total + g + r);
  int64_t k = 0;
  for (; k + ACROSS * LANES <= value_whole; k += ACROSS * LANES)
    value_sums(count, ACROSS, values + k, value_whole, places, score, shrink, out + k);
  for (; k < value_whole; k += LANES)
    value_sums(count, 1, values + k, value_whole, places, score, shrink, out + k);
}

INLINE void copy_rows_as(int64_t format, const uint8_t *rows, int64_t row_bytes, int64_t width,
                         int64_t count, const uint8_t *next, float *to) {
  for (int64_t j = 0; j < count; j++, rows += row_bytes, next += row_bytes) {
    for (int64_t at = 0; at < row_bytes; at += LINE) __builtin_prefetch(next + at);
    for (int64_t k = 0; k < width; k += LANES, to += LANES)
      store(to, load_kept(format, rows, k, width));
  }
}

/* to[j] = row j of `count`, in whole vectors; prefetches as many bytes from `next` on. */
static void copy_rows(int64_t format, const uint8_t *rows, int64_t row_bytes, int64_t width,
                      int64_t count, const uint8_t *next, float *to) {
  switch (format) {
    case BF16: copy_rows_as(BF16, rows, row_bytes, width, count, next, to); break;
    case F16: copy_rows_as(F16, rows, row_bytes, width, count, next, to); break;
    case KEPT8: copy_rows_as(KEPT8, rows, row_bytes, width, count, next, to); break;
    case KEPT9: copy_rows_as(KEPT9, rows, row_bytes, width, count, next, to); break;
    default: copy_rows_as(F32, rows, row_bytes, width, count, next, to);
  }
}

/* The same as look for few queries of a single token, which all attend to slots from..to; not for
   latent attention. */
static void look_directly(const attention_t *a, int64_t count, const float *q, const span_t *p,
                          int64_t head, int64_t from, int64_t to, seen_t *seen) {
  static _Thread_local float keys[KEYS * WIDEST_HEAD] __attribute__((aligned(64)));
  static _Thread_local float values[KEYS * WIDEST_HEAD] __attribute__((aligned(64)));
  static _Thread_local float queries[MOST_DIRECT * WIDEST_HEAD] __attribute__((aligned(64)));
  const int64_t width = a->width, value_width = a->value_width;
  copy_rows(F32, (const uint8_t *)q, 4 * width, width, count, (const uint8_t *)q, queries);
  for (int64_t r = 0; r < count; r++) {
    seen->most[r] = -3.0e38f;
    seen->total[r] = 0;
    memset(seen->out[r], 0, (size_t)up_to(value_width, LANES) * sizeof(float));
  }
  for (int64_t base = from / KEYS * KEYS; base < to; base += KEYS) {
    const int64_t places = least(KEYS, to - base), after = base + KEYS < to ? base + KEYS : base;
    const uint8_t *k = key_at(a, p, head, base), *v = value_at(a, p, head, base);
    copy_rows(key_format(a), k, key_bytes(a), width, places, v, keys);
    copy_rows(a->format, v, value_row_bytes(a), value_width, places, key_at(a, p, head, after), values);
    for (int64_t g = 0; g < count; g += DIRECT)
      switch (count - g) {
        case 1: look_at_page(a, 1, queries, g, keys, values, base, from, to, seen); break;
        case 2: look_at_page(a, 2, queries, g, keys, values, base, from, to, seen); break;
        case 3: look_at_page(a, 3, queries, g, keys, values, base, from, to, seen); break;
        default: look_at_page(a, 4, queries, g, keys, values, base, from, to, seen);
      }
  }
}

/* out[g] = largest score, sum of weights and weighted values of the queries of a team over slots
   `from` to `to`. */
static void attend_team(const attention_t *a, int64_t team, const float *q, const span_t *p,
                        int64_t head, int64_t from, int64_t to, float *out) {
  const int64_t apart = up_to(a->value_width, LANES) + 2;
  int64_t lowest[QUERIES], own[QUERIES];
  seen_t *seen = own_seen();
  if (team <= MOST_DIRECT && !a->latent) {
    look_directly(a, team, q, p, head, from, to, seen);
  } else {
    for (int64_t g = 0; g < QUERIES; g++) {
      lowest[g] = from;
      own[g] = to - 1;
    }
    look(a, team, q, a->width, lowest, own, p, head, from, to, seen);
  }
  for (int64_t g = 0; g < team; g++) {
    out[g * apart] = seen->most[g];
    out[g * apart + 1] = seen->total[g];
    memcpy(out + g * apart + 2, seen->out[g], (size_t)(apart - 2) * sizeof(float));
  }
}

/* Query heads of one key head that are computed together, and the number of such teams per key head. */
INLINE int64_t team_of(const attention_t *a) { return least(a->heads / a->key_heads, QUERIES); }

INLINE int64_t teams_of(const attention_t *a) {
  return (a->heads / a->key_heads + QUERIES - 1) / QUERIES;
}

/* Splits of the keys of a single token, so that few heads still give work to all threads. */
INLINE int64_t splits_of(const attention_t *a, const span_t *p) {
  return least((p->slot + 1) / (a->latent ? 64 : 256) + 1, MOST_SPLITS);
}

/* y = the splits' values, weighted by their shares of the softmax. */
static void merge(const float *parts, int64_t splits, int64_t apart, int64_t width,
                  float *out) {
  float most = -3.0e38f, total = 0, y[WIDEST_HEAD];
  for (int64_t i = 0; i < splits; i++)
    if (parts[i * apart] > most) most = parts[i * apart];
  for (int64_t k = 0; k < width; k += LANES) store(y + k, splat(0));
  for (int64_t i = 0; i < splits; i++) {
    const float *p = parts + i * apart;
    const float share = exponential(splat(p[0] - most))[0];
    total += p[1] * share;
    for (int64_t k = 0; k < width; k += LANES)
      store(y + k, load(y + k) + load(p + 2 + k) * share);
  }
  for (int64_t k = 0; k < width; k += LANES)
    store_head(F32, (uint8_t *)out, k, width, load(y + k) / total);
}

/* Item: a split of the keys of a team of a single token, the call's n-th such. The last one to
   finish merges. */
static void attend_one(const attention_t *a, const span_t *p, int64_t n, int64_t item) {
  const int64_t splits = splits_of(a, p), group = a->heads / a->key_heads, teams = teams_of(a);
  const int64_t split = item % splits, crew = item / splits, row = p->row;
  const int64_t g0 = crew % teams * QUERIES, team = least(group - g0, QUERIES);
  const int64_t head = crew / teams;
  const int64_t first = first_seen(a, p->slot), last = p->slot + 1;
  const int64_t start = first / KEYS * KEYS, share = up_to((last - start + splits - 1) / splits, KEYS);
  const int64_t from = least(split == 0 ? first : start + split * share, last);
  const int64_t to = least(start + (split + 1) * share, last);
  const int64_t one = up_to(a->value_width, LANES) + 2, apart = team_of(a) * one;
  const int64_t place = n * a->key_heads * teams + crew;
  float *all = a->partial + place * MOST_SPLITS * apart;
  attend_team(a, team, a->q.data + row * a->q.stride + (head * group + g0) * a->width, p, head, from,
              to, all + split * apart);
  if (splits > 1 &&
      __atomic_add_fetch(&a->arrived[place], 1, __ATOMIC_ACQ_REL) < (int32_t)splits) return;
  a->arrived[place] = 0;
  for (int64_t g = 0; g < team; g++) {
    float *y = a->y.data + row * a->y.stride + (head * group + g0 + g) * a->value_width;
    merge(all + g * one, splits, apart, a->value_width, y);
    spread_if_kept(a, y, a->value_width);
  }
}

/* Item: up to 32 tokens of a head of a span. */
static void attend_many(const attention_t *a, const span_t *p, int64_t item) {
  int64_t lowest[QUERIES], own[QUERIES];
  const int64_t blocks = (p->count + QUERIES - 1) / QUERIES;
  const int64_t block = blocks - 1 - item % blocks; /* the longest first */
  const int64_t head = item / blocks, key_head = head / (a->heads / a->key_heads);
  const int64_t begin = block * QUERIES, count = least(QUERIES, p->count - begin);
  const int64_t row0 = p->row + begin;
  for (int64_t r = 0; r < count; r++) {
    own[r] = a->whole ? p->count - 1 : p->slot + begin + r;
    lowest[r] = a->whole ? 0 : first_seen(a, own[r]);
  }
  seen_t *seen = own_seen();
  look(a, count, a->q.data + row0 * a->q.stride + head * a->width, a->q.stride, lowest, own, p,
       key_head, lowest[0], own[count - 1] + 1, seen);
  const int64_t width = a->value_width;
  for (int64_t r = 0; r < count; r++) {
    float *y = a->y.data + (row0 + r) * a->y.stride + head * width;
    const float share = 1.0f / seen->total[r];
    for (int64_t k = 0; k < width; k += LANES)
      store_head(F32, (uint8_t *)y, k, width, load(seen->out[r] + k) * share);
    spread_if_kept(a, y, width);
  }
}

/* Whether a span's keys are split, since it has one query. */
INLINE int is_single(const attention_t *a, const span_t *p) { return p->count == 1 && !a->whole; }

static int64_t span_items(const attention_t *a, const span_t *p) {
  return is_single(a, p) ? a->key_heads * teams_of(a) * splits_of(a, p)
                         : a->heads * ((p->count + QUERIES - 1) / QUERIES);
}

static int64_t attend_items(const attention_t *a, const step_t *s) {
  int64_t items = 0;
  for (int64_t i = 0; i < s->spans; i++) items += span_items(a, &s->span[i]);
  return items;
}

static void attend(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const attention_t *a = op;
  const span_t *p = s->span;
  int64_t first = 0, items = span_items(a, p), singles = 0; /* first: p's first item */
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    while (item >= first + items) {
      singles += is_single(a, p);
      first += items;
      items = span_items(a, ++p);
    }
    if (is_single(a, p)) {
      attend_one(a, p, singles, item - first);
    } else {
      attend_many(a, p, item - first);
    }
  }
}
