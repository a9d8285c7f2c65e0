/* What every kernel of a step sees. Java writes these structures word by word: each member takes
   eight bytes, and their order is that of deepseek.kernel.cpu. */

/* One call: which tokens run, where their keys and values go, what they may see. */
typedef struct {
  int64_t rows;           /* tokens of this call, M */
  int64_t length;         /* tokens of each sequence: M = batch * length */
  const int64_t *token;   /* [M] ids */
  const int64_t *slot;    /* [M] place of the token's key in its sequence's cache */
  const int64_t *first;   /* [M] the first place that it may see */
  const int64_t *picked;  /* [rows of the next part] which rows of this part go on */
} step_t;

/* FP32 rows [M, width], `stride` floats apart; copies for the threads as in quantised_t. */
typedef struct {
  float *data;
  int64_t stride;
  int64_t size;
} rows_t;

/* Rows in whole numbers with a scale for each 32, in tiles of rows: bytes [tile][group][row][64],
   the others [tile][group][row]. One row makes a tile of its own, else 16 do. A number has 16 bits.
   Where processors multiply these by twos (PAIRS) it stands as it is, of each four the second and
   the third exchanged; else as 256 times one signed byte and another, 32 of the one kind first, then
   32 of the other. With 8 bits a 135 million parameter model strays 7e-3 nats from its FLOAT32 self,
   with 16 nothing that counts, and single rows are as fast, because they wait for weights. Tiles may
   be `narrow`: a byte for each number, the other 32 unused, which is twice as fast. `sums` are of
   the numbers, `upper` of the last 16 of each 32, `weighted` is sum times scale. Copies are `size`
   bytes apart: one for each thread while a step has one row, which saves waiting for each other. */
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
#define ROWS 16             /* of a block of a packed weight, and of a part of a plain one */
#define PARTS (ROWS / LANES)

/* Groups that all blocks of a chunk meet before the next ones: the rows' numbers stay in the second
   cache meanwhile. */
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

/* The value that stands for nothing. */
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
    default: return choose(x < 0.0f, splat(0), x); /* NaN stays */
  }
}
