/* Attention over a cache of keys and values: grouped heads, sliding windows, left padding. */

/* One layer's cache: [sequence][key head][capacity][width]. */
typedef struct {
  uint8_t *keys;
  uint8_t *values;
  int64_t capacity;
} kept_t;

typedef struct {
  int64_t heads;
  int64_t key_heads;
  int64_t width;          /* of a head, at most 256 */
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
  rows_t y;               /* [M, heads * width] */
  float *partial;         /* [rows][key heads][splits][group][2 + width in whole lanes] */
  int32_t *arrived;       /* [rows][key heads] zeros */
} attention_t;

#define WIDEST_HEAD 256
#define MOST_SPLITS 16
#define MOST_GROUP 32

INLINE uint8_t *place(const attention_t *a, uint8_t *base, int64_t sequence, int64_t head,
                      int64_t slot) {
  const int64_t row = (sequence * a->key_heads + head) * a->kept->capacity + slot;
  return base + row * a->width * value_bytes(a->format);
}

static void turn_head(const attention_t *a, float *x, const float *weight, int64_t row) {
  const int64_t half = a->width / 2;
  if (weight) {
    const float factor = 1.0f / __builtin_sqrtf(mean_square(x, a->width) + (float)a->eps);
    scale_row(x, weight, factor, a->width, x);
  }
  const float *c = a->cosines + row * half, *s = a->sines + row * half;
  for (int64_t i = 0; i < half; i++) {
    float *u = a->pairs ? x + 2 * i : x + i, *v = a->pairs ? x + 2 * i + 1 : x + half + i;
    const float p = *u, q = *v;
    *u = p * c[i] - q * s[i];
    *v = q * c[i] + p * s[i];
  }
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

static void keep(const attention_t *a, const float *x, uint8_t *to) {
  for (int64_t k = 0; k < a->width; k += LANES)
    store_head(a->format, to, k, a->width, load(x + k));
}

/* Item: a head of a row. Norms and turns queries and keys, and appends keys and values. */
static void rotate(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const attention_t *a = op;
  const int64_t all = a->heads + 2 * a->key_heads;
  (void)thread;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / all, sequence = row / s->length, slot = s->slot[row];
    int64_t head = item % all;
    if (head < a->heads) {
      turn_head(a, a->q.data + row * a->q.stride + head * a->width, a->query_norm, row);
      continue;
    }
    head -= a->heads;
    if (head < a->key_heads) {
      float *x = a->k.data + row * a->k.stride + head * a->width;
      turn_head(a, x, a->key_norm, row);
      keep(a, x, place(a, a->kept->keys, sequence, head, slot));
    } else {
      head -= a->key_heads;
      const float *x = a->v.data + row * a->v.stride + head * a->width;
      keep(a, x, place(a, a->kept->values, sequence, head, slot));
    }
  }
}

INLINE int64_t first_seen(const attention_t *a, const step_t *s, int64_t row) {
  const int64_t first = s->first[row], slot = s->slot[row];
  return a->window > 0 && slot - a->window + 1 > first ? slot - a->window + 1 : first;
}

/* Splits of the keys one row sees, so that few heads still make work for all threads. */
INLINE int64_t splits_of(const step_t *s) {
  const int64_t seen = s->slot[0] + 1, splits = seen / 256 + 1;
  return splits < MOST_SPLITS ? splits : MOST_SPLITS;
}

/* sums[g] = largest, total and values of `from` to `to` for the queries that share a key head. */
INLINE void attend_range(const attention_t *a, int64_t format, const float *q, int64_t group,
                         const uint8_t *keys, const uint8_t *values, int64_t from, int64_t to,
                         float *out) {
  const int64_t width = a->width, bytes = width * value_bytes(format);
  const int64_t apart = up_to(width, LANES) + 2;
  float score[MOST_GROUP][64];
  for (int64_t g = 0; g < group; g++) {
    float *o = out + g * apart;
    o[0] = -3.0e38f;
    o[1] = 0;
    memset(o + 2, 0, (size_t)(apart - 2) * sizeof(float));
  }
  for (int64_t base = from; base < to; base += 64) {
    const int64_t count = least(64, to - base);
    for (int64_t g = 0; g < group; g++)
      for (int64_t j = count; j < up_to(count, LANES); j++) score[g][j] = -3.0e38f;
    for (int64_t j = 0; j < count; j++) {
      const uint8_t *key = keys + (base + j) * bytes;
      for (int64_t g = 0; g < group; g++) {
        vf total = splat(0);
        for (int64_t k = 0; k < width; k += LANES)
          total += load_head(format, key, k, width) * load(q + g * width + k);
        score[g][j] = sum(total) * (float)a->scale;
      }
    }
    for (int64_t g = 0; g < group; g++) {
      float *o = out + g * apart;
      vf top = splat(o[0]);
      for (int64_t j = 0; j < count; j += LANES) top = maximum(top, load(score[g] + j));
      const float most = largest(top);
      const float shrink = exponential(splat(o[0] - most))[0];
      vf total = splat(0);
      for (int64_t j = 0; j < count; j += LANES) {
        vf e = exponential(load(score[g] + j) - most);
        store(score[g] + j, e);
        total += e;
      }
      o[0] = most;
      o[1] = o[1] * shrink + sum(total);
      for (int64_t k = 0; k < width; k += LANES) {
        vf y = load(o + 2 + k) * shrink;
        for (int64_t j = 0; j < count; j++)
          y += load_head(format, values + (base + j) * bytes, k, width) * score[g][j];
        store(o + 2 + k, y);
      }
    }
  }
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

/* Item: a split of the keys of a key head of a row. Whoever comes last merges. */
static void attend_one(const attention_t *a, const step_t *s, int64_t item) {
  const int64_t splits = splits_of(s), group = a->heads / a->key_heads;
  const int64_t split = item % splits, pair = item / splits;
  const int64_t head = pair % a->key_heads, row = pair / a->key_heads;
  const int64_t first = first_seen(a, s, row), last = s->slot[row] + 1;
  const int64_t share = up_to((last - first + splits - 1) / splits, LANES);
  const int64_t from = least(first + split * share, last), to = least(from + share, last);
  const int64_t one = up_to(a->width, LANES) + 2, apart = group * one;
  float *mine = a->partial + (pair * MOST_SPLITS + split) * apart;
  const float *q = a->q.data + row * a->q.stride + head * group * a->width;
  const uint8_t *keys = place(a, a->kept->keys, row, head, 0);
  const uint8_t *values = place(a, a->kept->values, row, head, 0);
  switch (a->format) {
    case BF16: attend_range(a, BF16, q, group, keys, values, from, to, mine); break;
    case F16: attend_range(a, F16, q, group, keys, values, from, to, mine); break;
    default: attend_range(a, F32, q, group, keys, values, from, to, mine);
  }
  if (splits > 1 &&
      __atomic_add_fetch(&a->arrived[pair], 1, __ATOMIC_ACQ_REL) < (int32_t)splits) return;
  a->arrived[pair] = 0;
  const float *all = a->partial + pair * MOST_SPLITS * apart;
  for (int64_t g = 0; g < group; g++)
    merge(all + g * one, splits, apart, a->width,
          a->y.data + row * a->y.stride + (head * group + g) * a->width);
}

#define QUERIES 32
#define KEYS 64

/* Item: up to 32 tokens of a head of a sequence, over 64 keys at a time. */
static void attend_many(const attention_t *a, const step_t *s, int64_t item) {
  static _Thread_local float k_turned[WIDEST_HEAD * KEYS] __attribute__((aligned(64)));
  static _Thread_local float v_plain[KEYS * 64] __attribute__((aligned(64)));
  static _Thread_local float score[QUERIES][KEYS] __attribute__((aligned(64)));
  static _Thread_local float out[QUERIES][WIDEST_HEAD] __attribute__((aligned(64)));
  float most[QUERIES], total[QUERIES];
  const int64_t width = a->width, bytes = value_bytes(a->format);
  const int64_t blocks = (s->length + QUERIES - 1) / QUERIES;
  const int64_t block = blocks - 1 - item % blocks; /* the longest first */
  const int64_t head = item / blocks % a->heads, sequence = item / blocks / a->heads;
  const int64_t key_head = head / (a->heads / a->key_heads);
  const int64_t row0 = sequence * s->length + block * QUERIES;
  const int64_t count = least(QUERIES, s->length - block * QUERIES);
  const int64_t last = s->slot[row0 + count - 1] + 1, first = first_seen(a, s, row0);
  const int64_t wide = up_to(width, 64);
  uint8_t *keys = place(a, a->kept->keys, sequence, key_head, 0);
  uint8_t *values = place(a, a->kept->values, sequence, key_head, 0);
  const float *q = a->q.data + row0 * a->q.stride + head * width;
  for (int64_t r = 0; r < count; r++) {
    most[r] = -3.0e38f;
    total[r] = 0;
    memset(out[r], 0, (size_t)wide * sizeof(float));
  }
  for (int64_t base = first; base < last; base += KEYS) {
    turn(a->format, keys, width, last, base, 0, width, k_turned);
    memset(score, 0, sizeof score);
    outer(count, width, q, a->q.stride, k_turned, score[0], KEYS);
    const int64_t seen = least(KEYS, last - base);
    for (int64_t r = 0; r < count; r++) {
      const int64_t lowest = first_seen(a, s, row0 + r), own = s->slot[row0 + r];
      vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      vf x[KEYS / LANES], top = splat(most[r]);
      for (int i = 0; i < KEYS / LANES; i++) {
        vi at = lane + (int32_t)(base + LANES * i);
        vi visible = (at >= (int32_t)lowest) & (at <= (int32_t)own);
        x[i] = choose(visible, load(score[r] + LANES * i) * (float)a->scale, splat(-3.0e38f));
        top = maximum(top, x[i]);
      }
      const float new_most = largest(top);
      const float shrink = exponential(splat(most[r] - new_most))[0];
      vf added = splat(0);
      for (int i = 0; i < KEYS / LANES; i++) {
        /* A row that sees nothing yet keeps nothing of these. */
        vf e = choose(x[i] < -2.0e38f, splat(0), exponential(x[i] - new_most));
        store(score[r] + LANES * i, e);
        added += e;
      }
      most[r] = new_most;
      total[r] = total[r] * shrink + sum(added);
      for (int64_t k = 0; k < width; k += LANES) store(out[r] + k, load(out[r] + k) * shrink);
    }
    for (int64_t n = 0; n < width; n += 64) {
      for (int64_t j = 0; j < seen; j++)
        for (int64_t k = 0; k < least(64, width - n); k += LANES)
          *(vf *)(v_plain + 64 * j + k) =
              load_head(a->format, values + (base + j) * width * bytes, n + k, width);
      outer(count, seen, score[0], KEYS, v_plain, out[0] + n, WIDEST_HEAD);
    }
  }
  for (int64_t r = 0; r < count; r++)
    for (int64_t k = 0; k < width; k += LANES)
      store_head(F32, (uint8_t *)(a->y.data + (row0 + r) * a->y.stride + head * width), k, width,
                 load(out[r] + k) / total[r]);
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
  return s->length == 1 ? s->rows * a->key_heads * splits_of(s)
                        : s->rows / s->length * a->heads * ((s->length + QUERIES - 1) / QUERIES);
}
