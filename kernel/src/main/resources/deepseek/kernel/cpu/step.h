/* Declarations shared by all kernels of a step. Java writes these structures word by word: each
   member takes eight bytes, and their order matches deepseek.kernel.cpu. */

/* Slots of a page, and keys that attention computes with at a time. */
#define KEYS 64

/* The new tokens of one sequence in a call. Slot n of a sequence is in its page n / KEYS, of which
   there is one in each group of layers. */
typedef struct {
  int64_t row;            /* of the first */
  int64_t count;
  int64_t slot;           /* of the first */
  uint8_t *const *const *pages; /* [groups] -> [pages] */
} span_t;

/* One call: its tokens, and the spans of sequences that they form. */
typedef struct {
  int64_t rows;           /* tokens of this call, M */
  int64_t spans;
  const span_t *span;     /* [spans] */
  const int64_t *token;   /* [M] ids */
  const int64_t *owner;   /* [M] which span a token belongs to */
  const int64_t *picked;  /* [rows of the next part] which rows of this part continue */
} step_t;

INLINE const span_t *span_of(const step_t *s, int64_t row) { return &s->span[s->owner[row]]; }

INLINE int64_t slot_of(const step_t *s, int64_t row) {
  const span_t *p = span_of(s, row);
  return p->slot + row - p->row;
}

/* FP32 rows [M, width], `stride` floats apart; per-thread copies as in quantised_t. */
typedef struct {
  float *data;
  int64_t stride;
  int64_t size;
} rows_t;

/* Rows quantised to integers with a scale per group of 32, in tiles of rows: bytes
   [tile][group][row][64], the others [tile][group][row]. A single row is a tile of its own,
   otherwise a tile has 16. A number has 16 bits. Where processors multiply those in pairs
   (PAIRS) it is stored as such, with the second and third of each four swapped; otherwise as 256
   times one signed byte plus another, first the 32 high bytes, then the 32 low ones. With 8 bits
   the output of a 135 million parameter model diverges by 7e-3 nats from FLOAT32, with 16 bits
   negligibly, and single rows are as fast, because they are limited by reading weights. Tiles
   may be `narrow`: one byte per number, the other 32 unused, which is twice as fast. `sums` are
   sums of the numbers, `upper` of the last 16 of each 32, `weighted` is sum times scale. Copies
   are `size` bytes apart: one per thread while a step has one row, which saves a barrier. */
typedef struct {
  int8_t *bytes;
  float *scales;
  float *weighted;
  int32_t *sums;
  int32_t *upper;
  int64_t groups;         /* 32 values each, an even number */
  int64_t size;
  int64_t narrow;
} quantised_t;

#define TILE 16
#define ROWS 16             /* of a block of a packed or plain weight */
#define PARTS (ROWS / LANES)

/* Groups that all blocks of a chunk are multiplied with before the next ones, so that the rows'
   numbers stay in the L2 cache. */
#ifndef DEEP
#define DEEP 64
#endif

INLINE float *row_of(const rows_t *x, const step_t *s, int64_t thread, int64_t row) {
  return (float *)((char *)x->data + (s->rows == 1 ? thread * x->size : 0)) + row * x->stride;
}

INLINE int64_t tile_of(const step_t *s) { return s->rows == 1 ? 1 : TILE; }

INLINE quantised_t quantised_for(const quantised_t *q, const step_t *s, int64_t thread) {
  quantised_t own = *q;
  int64_t away = s->rows == 1 ? thread * q->size : 0;
  own.bytes += away;
  own.scales = (float *)((char *)q->scales + away);
  own.weighted = (float *)((char *)q->weighted + away);
  own.sums = (int32_t *)((char *)q->sums + away);
  own.upper = (int32_t *)((char *)q->upper + away);
  return own;
}

/* A weight [out, in], packed in blocks of 16 rows or plain. */
enum { INT4 = 0, INT4_OFFSET = 1, INT8 = 2, INT8_OFFSET = 3, INT8_HALF = 4, BF16 = 5, F32 = 6, F16 = 7 };

typedef struct {
  int64_t format;
  const uint8_t *data;
  int64_t in;
  int64_t out;
} weight_t;

/* Bytes of 64 values in each of 16 rows: values, scales, minima. */
INLINE int64_t block_bytes(int64_t format) {
  switch (format) {
    case INT4: return 512 + 64;
    case INT4_OFFSET: return 512 + 128;
    case INT8: return 1024 + 64;
    case INT8_OFFSET: return 1024 + 128;
    default: return 1024 + 128; /* INT8_HALF: a scale for each 16 values */
  }
}

/* The zero point: the integer that represents 0. */
INLINE int32_t zero_of(int64_t format) {
  return format == INT4 ? 8 : format == INT8 || format == INT8_HALF ? 128 : 0;
}

INLINE int64_t value_bytes(int64_t format) { return format == F32 ? 4 : 2; }

INLINE vf load_as(int64_t format, const void *p) {
  switch (format) {
    case BF16: return load_bfloat(p);
    case F16: return load_half(p);
    default: return load(p);
  }
}

INLINE float scalar_as(int64_t format, const void *p) {
  if (format == F32) return *(const float *)p;
  uint16_t h = *(const uint16_t *)p;
  if (format == F16) return half_to_float(h);
  uint32_t bits = (uint32_t)h << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

INLINE void store_as(int64_t format, void *p, vf x) {
  switch (format) {
    case BF16: store_bfloat(p, x); break;
    case F16: store_half(p, x); break;
    default: store(p, x);
  }
}

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t up_to(int64_t x, int64_t unit) { return (x + unit - 1) / unit * unit; }

enum { SILU = 0, GELU = 1, GELU_TANH = 2, RELU = 3 };

INLINE vf activate(int64_t activation, vf x) {
  switch (activation) {
    case SILU: return silu(x);
    case GELU: return gelu(x);
    case GELU_TANH: return gelu_tanh(x);
    default: return choose(x < 0.0f, splat(0), x); /* keeps NaN */
  }
}
