/* Attention over a cache of keys and values: grouped heads, latents, sliding windows, left padding. */

/* One layer's cache: rows [sequence][key head][capacity] of keys, and as many of values. */
typedef struct {
  uint8_t *keys;
  uint8_t *values;
  int64_t capacity;
} kept_t;

typedef struct {
  int64_t heads;
  int64_t key_heads;
  int64_t width;          /* of a key */
  int64_t value_width;
  int64_t latent;         /* values are the beginnings of the keys */
  int64_t format;         /* of the cache */
  kept_t *kept;
  rows_t q;               /* [M, heads * width] */
  rows_t k;
  rows_t v;
  const float *query_norm; /* or NULL: weights [width] of a norm over each head */
  const float *key_norm;
  double eps;
  int64_t pairs;          /* 0: element i turns with i + width/2; 1: 2i with 2i + 1 */
  const float *cosines;   /* [M][width / 2] */
  const float *sines;
  double scale;
  int64_t window;         /* 0: all */
  rows_t y;               /* [M, heads * value_width] */
  float *partial;         /* [teams][splits][team's queries][2 + value_width in whole lanes] */
  int32_t *arrived;       /* [teams] zeros */
} attention_t;

#define WIDEST_HEAD 640
#define MOST_SPLITS 16
#define QUERIES 32
#define KEYS 64

/* Values of a cached row: those of weights, or 8 bits with a float16 scale for each 32 after them. */
enum { KEPT8 = 8 };

INLINE int64_t kept_bytes(int64_t format, int64_t width) {
  return format == KEPT8 ? up_to(width, 2) + 2 * ((width + 31) / 32) : width * value_bytes(format);
}

/* How far values are apart, and what a row of them takes. */
INLINE int64_t value_row(const attention_t *a) { return a->latent ? a->width : a->value_width; }

INLINE uint8_t *place(const attention_t *a, uint8_t *base, int64_t width, int64_t sequence,
                      int64_t head, int64_t slot) {
  const int64_t row = (sequence * a->key_heads + head) * a->kept->capacity + slot;
  return base + row * kept_bytes(a->format, width);
}

/* Turns pairs of x [2 half] by a position's cosines and sines [half]. */
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

/* Values k.. of a head, zeros from its width on. */
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

/* Values k.. of a row of bytes whose scales stand behind them, zeros from its width on. */
INLINE vf load_scaled(const uint8_t *row, int64_t k, int64_t width) {
  uint16_t scale;
  memcpy(&scale, row + up_to(width, 2) + k / 32 * 2, 2);
#if defined(__F16C__)
  const float factor = _cvtsh_ss(scale);
#else
  const float factor = half_to_float(scale);
#endif
  if (k + LANES <= width) return __builtin_convertvector(widened_signed(row + k), vf) * factor;
  uint8_t whole[LANES] = {0};
  memcpy(whole, row + k, (size_t)(width - k));
  return __builtin_convertvector(widened_signed(whole), vf) * factor;
}

/* Values k.. of a cached row, zeros from its width on. */
INLINE vf load_kept(int64_t format, const uint8_t *row, int64_t k, int64_t width) {
  return format == KEPT8 ? load_scaled(row, k, width) : load_head(format, row, k, width);
}

/* The nearest of 127 steps of each 32 values' largest. */
static void keep_bytes(const float *x, int64_t width, uint8_t *to) {
  uint16_t *scales = (uint16_t *)(to + up_to(width, 2));
  for (int64_t k = 0; k < width; k += 32) {
    const int64_t count = least(32, width - k);
    float most = 0;
    for (int64_t i = 0; i < count; i++) {
      const float size = __builtin_fabsf(x[k + i]);
      if (!(size <= most)) most = size; /* NaN, too, and it stays */
    }
    scales[k / 32] = float_to_half(most / 127);
    const float scale = half_to_float(scales[k / 32]), inverse = scale > 0 ? 1 / scale : 0;
    for (int64_t i = 0; i < count; i++) {
      const float q = x[k + i] * inverse;
      ((int8_t *)to)[k + i] = q > 127 ? 127 : q < -127 ? -127 : (int8_t)__builtin_rintf(q);
    }
  }
}

static void keep(const attention_t *a, const float *x, int64_t width, uint8_t *to) {
  if (a->format == KEPT8) {
    keep_bytes(x, width, to);
  } else {
    for (int64_t k = 0; k < width; k += LANES) store_head(a->format, to, k, width, load(x + k));
  }
}

/* Item: a head of a row. Norms and turns queries and keys, and appends keys and values. */
static void rotate(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const attention_t *a = op;
  const int64_t all = a->heads + 2 * a->key_heads, width = a->width;
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / all, sequence = row / s->length, slot = s->slot[row];
    int64_t head = item % all;
    if (head < a->heads) {
      turn_head(a, a->q.data + row * a->q.stride + head * width, a->query_norm, row);
      continue;
    }
    head -= a->heads;
    if (head < a->key_heads) {
      float *x = a->k.data + row * a->k.stride + head * width;
      turn_head(a, x, a->key_norm, row);
      keep(a, x, width, place(a, a->kept->keys, width, sequence, head, slot));
    } else {
      head -= a->key_heads;
      const float *x = a->v.data + row * a->v.stride + head * width;
      keep(a, x, width, place(a, a->kept->values, width, sequence, head, slot));
    }
  }
}

INLINE int64_t first_seen(const attention_t *a, const step_t *s, int64_t row) {
  const int64_t first = s->first[row], slot = s->slot[row];
  return a->window > 0 && slot - a->window + 1 > first ? slot - a->window + 1 : first;
}

/* Queries over the same keys, up to 32 of them: what they have seen so far is their largest score,
   the sum of weights by it, and values by weight. */
typedef struct {
  float most[QUERIES];
  float total[QUERIES];
  float out[QUERIES][WIDEST_HEAD];
} seen_t;

/* Keys base.. as columns [width][64]. */
static void turn_keys(const attention_t *a, const uint8_t *keys, int64_t base, int64_t last,
                      float *turned) {
  static _Thread_local float plain[KEYS * WIDEST_HEAD] __attribute__((aligned(64)));
  const int64_t width = a->width, whole = up_to(width, LANES);
  if (a->format != KEPT8) {
    turn(a->format, keys, width, last, base, 0, width, turned);
    return;
  }
  const int64_t bytes = kept_bytes(KEPT8, width), count = least(KEYS, last - base);
  for (int64_t j = 0; j < count; j++)
    for (int64_t k = 0; k < width; k += LANES)
      store(plain + j * whole + k, load_kept(KEPT8, keys + (base + j) * bytes, k, width));
  turn(F32, (const uint8_t *)plain, whole, count, 0, 0, width, turned);
}

INLINE void copy_as(int64_t format, const uint8_t *rows, int64_t width, int64_t count,
                    int64_t column, float *panel) {
  const int64_t bytes = kept_bytes(format, width), columns = least(64, width - column);
  for (int64_t j = 0; j < count; j++)
    for (int64_t k = 0; k < columns; k += LANES)
      *(vf *)(panel + 64 * j + k) = load_kept(format, rows + j * bytes, column + k, width);
}

/* panel[j] = 64 columns of row j. */
static void copy_columns(int64_t format, const uint8_t *rows, int64_t width, int64_t count,
                         int64_t column, float *panel) {
  switch (format) {
    case BF16: copy_as(BF16, rows, width, count, column, panel); break;
    case F16: copy_as(F16, rows, width, count, column, panel); break;
    case KEPT8: copy_as(KEPT8, rows, width, count, column, panel); break;
    default: copy_as(F32, rows, width, count, column, panel);
  }
}

/* seen = places from..to, 64 at a time, for `count` queries `apart` floats from each other, of
   which query r sees lowest[r] to own[r]. */
static void look(const attention_t *a, int64_t count, const float *q, int64_t apart,
                 const int64_t *lowest, const int64_t *own, const uint8_t *keys,
                 const uint8_t *values, int64_t from, int64_t to, seen_t *seen) {
  static _Thread_local float k_turned[WIDEST_HEAD * KEYS] __attribute__((aligned(64)));
  static _Thread_local float v_plain[KEYS * 64] __attribute__((aligned(64)));
  static _Thread_local float score[QUERIES][KEYS] __attribute__((aligned(64)));
  const int64_t width = a->width, value_width = a->value_width, row = value_row(a);
  const int64_t bytes = kept_bytes(a->format, row);
  for (int64_t r = 0; r < count; r++) {
    seen->most[r] = -3.0e38f;
    seen->total[r] = 0;
    memset(seen->out[r], 0, (size_t)up_to(value_width, 64) * sizeof(float));
  }
  for (int64_t base = from; base < to; base += KEYS) {
    turn_keys(a, keys, base, to, k_turned);
    memset(score, 0, sizeof score);
    outer(count, width, q, apart, k_turned, score[0], KEYS);
    const int64_t places = least(KEYS, to - base);
    for (int64_t r = 0; r < count; r++) {
      vf x[KEYS / LANES], top = splat(seen->most[r]);
      for (int i = 0; i < KEYS / LANES; i++) {
        vi at = LANE + (int32_t)(base + LANES * i);
        vi visible = (at >= (int32_t)lowest[r]) & (at <= (int32_t)own[r]);
        x[i] = choose(visible, load(score[r] + LANES * i) * (float)a->scale, splat(-3.0e38f));
        top = maximum(top, x[i]);
      }
      const float most = largest(top);
      const float shrink = exponential(splat(seen->most[r] - most))[0];
      vf added = splat(0);
      for (int i = 0; i < KEYS / LANES; i++) {
        /* A row that sees nothing yet keeps nothing of these. */
        vf e = choose(x[i] < -2.0e38f, splat(0), exponential(x[i] - most));
        store(score[r] + LANES * i, e);
        added += e;
      }
      seen->most[r] = most;
      seen->total[r] = seen->total[r] * shrink + sum(added);
      for (int64_t k = 0; k < value_width; k += LANES)
        store(seen->out[r] + k, load(seen->out[r] + k) * shrink);
    }
    for (int64_t n = 0; n < value_width; n += 64) {
      copy_columns(a->format, values + base * bytes, row, places, n, v_plain);
      outer(count, places, score[0], KEYS, v_plain, seen->out[0] + n, WIDEST_HEAD);
    }
  }
}

static seen_t *own_seen(void) {
  static _Thread_local seen_t seen __attribute__((aligned(64)));
  return &seen;
}

/* out[g] = largest, total and values of what the queries of a team see from `from` to `to`. */
static void attend_team(const attention_t *a, int64_t team, const float *q, const uint8_t *keys,
                        const uint8_t *values, int64_t from, int64_t to, float *out) {
  const int64_t apart = up_to(a->value_width, LANES) + 2;
  int64_t lowest[QUERIES], own[QUERIES];
  for (int64_t g = 0; g < QUERIES; g++) {
    lowest[g] = from;
    own[g] = to - 1;
  }
  seen_t *seen = own_seen();
  look(a, team, q, a->width, lowest, own, keys, values, from, to, seen);
  for (int64_t g = 0; g < team; g++) {
    out[g * apart] = seen->most[g];
    out[g * apart + 1] = seen->total[g];
    memcpy(out + g * apart + 2, seen->out[g], (size_t)(apart - 2) * sizeof(float));
  }
}

/* Heads of one key head that are computed together, and how many such teams it has. */
INLINE int64_t team_of(const attention_t *a) { return least(a->heads / a->key_heads, QUERIES); }

INLINE int64_t teams_of(const attention_t *a) {
  return (a->heads / a->key_heads + QUERIES - 1) / QUERIES;
}

/* Splits of the keys one row sees, so that few heads still make work for all threads. */
INLINE int64_t splits_of(const attention_t *a, const step_t *s) {
  return least((s->slot[0] + 1) / (a->latent ? 64 : 256) + 1, MOST_SPLITS);
}

/* y = the splits' values, weighed by what each left out. */
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

/* Item: a split of the keys of a team of a row. Whoever comes last merges. */
static void attend_one(const attention_t *a, const step_t *s, int64_t item) {
  const int64_t splits = splits_of(a, s), group = a->heads / a->key_heads, teams = teams_of(a);
  const int64_t split = item % splits, crew = item / splits;
  const int64_t g0 = crew % teams * QUERIES, team = least(group - g0, QUERIES);
  const int64_t head = crew / teams % a->key_heads, row = crew / teams / a->key_heads;
  const int64_t first = first_seen(a, s, row), last = s->slot[row] + 1;
  const int64_t share = up_to((last - first + splits - 1) / splits, LANES);
  const int64_t from = least(first + split * share, last), to = least(from + share, last);
  const int64_t one = up_to(a->value_width, LANES) + 2, apart = team_of(a) * one;
  float *all = a->partial + crew * MOST_SPLITS * apart;
  attend_team(a, team, a->q.data + row * a->q.stride + (head * group + g0) * a->width,
              place(a, a->kept->keys, a->width, row, head, 0),
              place(a, a->kept->values, value_row(a), row, head, 0), from, to,
              all + split * apart);
  if (splits > 1 &&
      __atomic_add_fetch(&a->arrived[crew], 1, __ATOMIC_ACQ_REL) < (int32_t)splits) return;
  a->arrived[crew] = 0;
  for (int64_t g = 0; g < team; g++)
    merge(all + g * one, splits, apart, a->value_width,
          a->y.data + row * a->y.stride + (head * group + g0 + g) * a->value_width);
}

/* Item: up to 32 tokens of a head of a sequence. */
static void attend_many(const attention_t *a, const step_t *s, int64_t item) {
  int64_t lowest[QUERIES], own[QUERIES];
  const int64_t blocks = (s->length + QUERIES - 1) / QUERIES;
  const int64_t block = blocks - 1 - item % blocks; /* the longest first */
  const int64_t head = item / blocks % a->heads, sequence = item / blocks / a->heads;
  const int64_t key_head = head / (a->heads / a->key_heads);
  const int64_t row0 = sequence * s->length + block * QUERIES;
  const int64_t count = least(QUERIES, s->length - block * QUERIES);
  for (int64_t r = 0; r < count; r++) {
    lowest[r] = first_seen(a, s, row0 + r);
    own[r] = s->slot[row0 + r];
  }
  seen_t *seen = own_seen();
  look(a, count, a->q.data + row0 * a->q.stride + head * a->width, a->q.stride, lowest, own,
       place(a, a->kept->keys, a->width, sequence, key_head, 0),
       place(a, a->kept->values, value_row(a), sequence, key_head, 0), lowest[0],
       own[count - 1] + 1, seen);
  const int64_t width = a->value_width;
  for (int64_t r = 0; r < count; r++)
    for (int64_t k = 0; k < width; k += LANES)
      store_head(F32, (uint8_t *)(a->y.data + (row0 + r) * a->y.stride + head * width), k, width,
                 load(seen->out[r] + k) / seen->total[r]);
}

static void attend(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    if (s->length == 1) {
      attend_one(op, s, item);
    } else {
      attend_many(op, s, item);
    }
  }
}

static int64_t attend_items(const attention_t *a, const step_t *s) {
  return s->length == 1 ? s->rows * a->key_heads * teams_of(a) * splits_of(a, s)
                        : s->rows / s->length * a->heads * ((s->length + QUERIES - 1) / QUERIES);
}
