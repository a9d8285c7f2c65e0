/* Top-k: the largest numbers of each row in descending order, ties by ascending index. NaN sorts
   before all numbers, so that a row's first result shows whether it has one. Threads take parts
   of rows; the one that finishes a row's last part merges them. */

enum { MOST_TOP = 65, MOST_TOP_PARTS = 64 };

typedef struct {
  rows_t x;
  int64_t width;
  int64_t wanted;         /* of each row, at most MOST_TOP and the width; 0: the operation does nothing */
  int64_t share;          /* numbers in a part */
  int64_t parts;          /* of a row, at most MOST_TOP_PARTS */
  uint64_t *found;        /* [rows][parts][wanted] keys */
  int32_t *arrived;       /* [rows] parts done, zero between runs */
  float *known;           /* [rows] the last of a part's largest so far, -infinity between runs */
  float *values;          /* [rows][wanted] */
  int64_t *ids;           /* [rows][wanted] */
} top_t;

/* A number and its index as one key: larger for larger numbers, and for lower indices among equals. */
INLINE uint64_t top_key(float x, int64_t id) {
  uint32_t bits;
  x = x + 0.0f; /* turns -0 into 0 */
  memcpy(&bits, &x, 4);
  bits = x != x ? 0xffffffffu : bits >> 31 ? ~bits : bits | 0x80000000u;
  return (uint64_t)bits << 32 | (uint32_t)~id;
}

INLINE float top_value(uint64_t key) {
  uint32_t bits = (uint32_t)(key >> 32);
  float x;
  bits = bits >> 31 ? bits & 0x7fffffffu : ~bits;
  memcpy(&x, &bits, 4);
  return x;
}

INLINE int64_t top_id(uint64_t key) { return (int64_t)(uint32_t)~key; }

INLINE int any_of(vi mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)mask) != 0;
#else
  return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
#endif
}

/* Inserts into keys in descending order, dropping the last if there are `wanted`. */
INLINE int64_t top_insert(uint64_t *keys, int64_t count, int64_t wanted, uint64_t key) {
  int64_t i = count < wanted ? count++ : wanted;
  if (i == wanted) {
    if (key <= keys[wanted - 1]) return count;
    i--;
  }
  for (; i > 0 && keys[i - 1] < key; i--) keys[i] = keys[i - 1];
  keys[i] = key;
  return count;
}

/* The largest of x from `from` to `to`, skipping those below `known`, since another part has
   enough above it. Unused keys stay 0, which is less than any number's key and decodes to NaN,
   below which no number compares. */
static void top_part(const float *x, int64_t from, int64_t to, int64_t wanted, float known,
                     uint64_t *keys) {
  enum { STRIDE = 4 * LANES };
  int64_t i = from, count = 0;
  memset(keys, 0, (size_t)wanted * sizeof(uint64_t));
  float own = top_value(0);
  for (; i + STRIDE <= to; i += STRIDE) {
    vi above = splati(0);
    for (int64_t j = i; j < i + STRIDE; j += LANES)
      above |= ~((load(x + j) <= own) | (load(x + j) < known)); /* or NaN */
    if (!any_of(above)) continue;
    for (int64_t j = i; j < i + STRIDE; j++)
      if (!(x[j] <= own || x[j] < known)) {
        count = top_insert(keys, count, wanted, top_key(x[j], j));
        own = top_value(keys[wanted - 1]);
      }
  }
  for (; i < to; i++) count = top_insert(keys, count, wanted, top_key(x[i], i));
}

static void top_merge(const top_t *t, int64_t row) {
  const uint64_t *found = t->found + row * t->parts * t->wanted;
  int64_t at[MOST_TOP_PARTS] = {0};
  for (int64_t i = 0; i < t->wanted; i++) {
    int64_t best = -1;
    uint64_t most = 0;
    for (int64_t p = 0; p < t->parts; p++) {
      if (at[p] < t->wanted && found[p * t->wanted + at[p]] > most) {
        best = p;
        most = found[p * t->wanted + at[p]];
      }
    }
    if (best >= 0) at[best]++;
    t->values[row * t->wanted + i] = top_value(most);
    t->ids[row * t->wanted + i] = best < 0 ? -1 : top_id(most);
  }
}

/* Item: a part of a row. */
static void top(const top_t *t, int64_t begin, int64_t end) {
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / t->parts, from = item % t->parts * t->share;
    uint64_t *keys = t->found + item * t->wanted;
    float known;
    __atomic_load(&t->known[row], &known, __ATOMIC_RELAXED);
    top_part(t->x.data + row * t->x.stride, from, least(from + t->share, t->width), t->wanted,
             known, keys);
    float own = top_value(keys[t->wanted - 1]);
    /* Another thread's update may be lost, which leaves a lower but still valid bound. */
    if (own > known) __atomic_store(&t->known[row], &own, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&t->arrived[row], 1, __ATOMIC_ACQ_REL) < (int32_t)t->parts) continue;
    t->arrived[row] = 0;
    t->known[row] = -__builtin_inff();
    top_merge(t, row);
  }
}

static int64_t top_items(const top_t *t, const step_t *s) {
  return t->wanted ? s->rows * t->parts : 0;
}
