/* y = x W^T: rows of activations times a weight, fused with the operation on y that follows. */

/* STORE: y = product (+ bias). ADD: y += product (+ bias). GATED: y = act(product (+ bias)) * product
   of `second` (+ its bias). GATING: y = act(product (+ bias)) * y. ACTIVATED: y = act(product
   (+ bias)). */
enum { STORE = 0, ADD = 1, GATED = 2, GATING = 3, ACTIVATED = 4 };

typedef struct {
  weight_t weight;
  const uint8_t *second;  /* GATED: the other weight's data, same form */
  const float *bias;      /* or NULL */
  const float *second_bias; /* or NULL */
  rows_t y;               /* `stride` a multiple of 16 */
  int64_t blocks;         /* of 16 outputs */
} part_t;

#define MOST_PARTS 3

/* Up to three weights over the same x, as one list of blocks. */
typedef struct {
  int64_t parts;
  int64_t after;
  int64_t activation;
  rows_t x;               /* for plain weights */
  quantised_t q;          /* for packed ones */
  part_t part[MOST_PARTS];
} product_t;

/* Writes `count` rows of sums for one block of 16 outputs. */
INLINE void finish(const product_t *p, const part_t *part, int64_t block, int64_t row,
                   int64_t count, const vf *sums, const vf *second) {
  for (int64_t i = 0; i < count * PARTS; i++) {
    const int64_t n = ROWS * block + i % PARTS * LANES;
    float *y = part->y.data + (row + i / PARTS) * part->y.stride + n;
    vf v = sums[i];
    if (part->bias) v += load(part->bias + n);
    if (p->after == GATED) {
      vf other = second[i];
      if (part->second_bias) other += load(part->second_bias + n);
      v = activate(p->activation, v) * other;
    } else if (p->after == ADD) {
      v += load(y);
    } else if (p->after == GATING) {
      v = activate(p->activation, v) * load(y);
    } else if (p->after == ACTIVATED) {
      v = activate(p->activation, v);
    }
    store(y, v);
  }
}

/* Scratch memory of a product of many rows, one per thread. */
#define ROOM (704 * 1024)
static _Thread_local uint8_t room[ROOM] __attribute__((aligned(64)));

/* `rows` rows of x from the beginning of tile `tile` on. */
static void packed_tiles(const product_t *p, const quantised_t *q, const part_t *part, int64_t tile,
                         int64_t rows, int64_t begin, int64_t end) {
  const int64_t format = part->weight.format, groups = q->groups;
  const int64_t bytes = groups / 2 * block_bytes(format), gated = p->after == GATED;
  const int64_t most = least(TILES_AT_ONCE, up_to(rows, TILE) / TILE);
  const int64_t second = most * TILE_SUMS, each = second * (1 + gated);
  const int64_t blocks = groups > DEEP ? ROOM / (int64_t)sizeof(vf) / each : SIDE_BLOCKS;
  vf *kept = (vf *)room;
  amx_begin(format, rows);
  for (int64_t row = 0; row < rows; row += most * TILE) {
    const int64_t count = least(most * TILE, rows - row), at = tile + row / TILE;
    for (int64_t first = begin; first < end; first += blocks) {
      const int64_t last = least(end, first + blocks);
      for (int64_t from = 0; from < groups; from += DEEP) {
        const int64_t to = least(groups, from + DEEP);
        for (int64_t b = first; b < last; b += SIDE_BLOCKS) {
          const int64_t abreast = least(SIDE_BLOCKS, last - b);
          vf *sums = kept + (b - first) * each;
          packed_sums(format, part->weight.data + b * bytes, bytes, abreast, q, at, count, from, to,
                      sums, each);
          if (gated)
            packed_sums(format, part->second + b * bytes, bytes, abreast, q, at, count, from, to,
                        sums + second, each);
          for (int64_t i = 0; to == groups && i < abreast; i++)
            finish(p, part, b + i, at * TILE, count, sums + i * each, sums + i * each + second);
        }
      }
    }
  }
  amx_end(rows);
}

/* One row: a gate's blocks are read along with the blocks that they gate. */
static void packed_single_row(const product_t *p, const quantised_t *q, const part_t *part,
                              int64_t begin, int64_t end) {
  const int64_t format = part->weight.format;
  const int64_t bytes = q->groups / 2 * block_bytes(format);
  const int64_t most = p->after == GATED ? STREAMS / 2 : STREAMS;
  vf sums[STREAMS * PARTS];
  for (int64_t b = begin; b < end; b += most) {
    const uint8_t *w[STREAMS];
    const int64_t count = least(most, end - b);
    int64_t streams = 0;
    for (int64_t i = 0; i < count; i++) w[streams++] = part->weight.data + (b + i) * bytes;
    if (p->after == GATED)
      for (int64_t i = 0; i < count; i++) w[streams++] = part->second + (b + i) * bytes;
    packed_abreast(format, streams, w, q, sums);
    for (int64_t i = 0; i < count; i++)
      finish(p, part, b + i, 0, 1, sums + i * PARTS, sums + (count + i) * PARTS);
  }
}

/* Few rows, from the beginning of tile `tile` on. */
static void packed_few(const product_t *p, const quantised_t *q, const part_t *part, int64_t tile,
                       int64_t rows, int64_t begin, int64_t end) {
  enum { BLOCK = FEW_ABREAST * PARTS };
  const int64_t format = part->weight.format;
  const int64_t bytes = q->groups / 2 * block_bytes(format);
  const int64_t most = p->after == GATED ? STREAMS / 2 : STREAMS;
  vf sums[STREAMS * BLOCK];
  for (int64_t b = begin; b < end; b += most) {
    const uint8_t *w[STREAMS];
    const int64_t blocks = least(most, end - b);
    int64_t streams = 0;
    for (int64_t i = 0; i < blocks; i++) w[streams++] = part->weight.data + (b + i) * bytes;
    if (p->after == GATED)
      for (int64_t i = 0; i < blocks; i++) w[streams++] = part->second + (b + i) * bytes;
    for (int64_t r = 0; r < rows; r += FEW_ABREAST) {
      const int64_t count = least(FEW_ABREAST, rows - r);
      few_abreast(format, (int)count, streams, w, q, tile * q->groups * TILE + r, sums);
      for (int64_t i = 0; i < blocks; i++)
        finish(p, part, b + i, tile * TILE + r, count, sums + i * BLOCK, sums + (blocks + i) * BLOCK);
    }
  }
}

/* Rows in tiles, from the beginning of tile `tile` on. */
static void packed_rows(const product_t *p, const quantised_t *q, const part_t *part, int64_t tile,
                        int64_t rows, int64_t begin, int64_t end) {
  if (rows <= FEW_ROWS(part->weight.format) && !q->narrow) {
    packed_few(p, q, part, tile, rows, begin, end);
  } else {
    packed_tiles(p, q, part, tile, rows, begin, end);
  }
}

static void packed_blocks(const product_t *p, const step_t *s, const quantised_t *q,
                          const part_t *part, int64_t begin, int64_t end) {
  if (s->rows == 1) {
    packed_single_row(p, q, part, begin, end);
  } else {
    packed_rows(p, q, part, 0, s->rows, begin, end);
  }
}

#define ABREAST_ROWS 4 /* of a plain weight, read at the same time */

/* The prefetch addresses of such rows: beyond the end of short rows they continue in the next four. */
typedef struct {
  const uint8_t *rows;
  int64_t at;
} ahead_t;

/* `bytes` ahead in each row. */
INLINE ahead_t ahead_of(const uint8_t *rows, int64_t row_bytes, int64_t bytes) {
  return (ahead_t){rows + bytes / row_bytes * ABREAST_ROWS * row_bytes, bytes % row_bytes};
}

INLINE void advance(ahead_t *ahead, int64_t row_bytes) {
  ahead->at += LINE;
  if (ahead->at >= row_bytes) {
    ahead->rows += ABREAST_ROWS * row_bytes;
    ahead->at = 0;
  }
}

/* part[i][r] += LANES values of row i from k on times those of row r of x. */
INLINE void plain_vectors(int64_t format, int count, const uint8_t *const *at, int64_t k,
                          const float *x, int64_t stride, vf (*part)[4]) {
  for (int i = 0; i < ABREAST_ROWS; i++) {
    const vf v = load_as(format, at[i] + k * value_bytes(format));
    for (int r = 0; r < count; r++) part[i][r] += v * load(x + r * stride + k);
  }
}

/* Sums of 16 outputs, which are whole vectors whatever LANES is. */
typedef float sums_t[ROWS] __attribute__((aligned(64)));

/* sums[count] = 16 plain rows of a weight times `count` rows of x. */
INLINE void plain_rows(int64_t format, int count, const weight_t *w, const uint8_t *data,
                       int64_t row, const rows_t *rows, int64_t x_row, sums_t *sums) {
  const int64_t width = value_bytes(format), in = w->in, row_bytes = in * width;
  const float *x = rows->data + x_row * rows->stride;
  for (int n = 0; n < ROWS; n += ABREAST_ROWS) {
    const uint8_t *at[ABREAST_ROWS];
    for (int i = 0; i < ABREAST_ROWS; i++)
      at[i] = data + least(row + n + i, w->out - 1) * row_bytes;
    ahead_t near = ahead_of(at[0], row_bytes, AHEAD / 2);
    ahead_t far = ahead_of(at[0], row_bytes, 2 * AHEAD);
    vf part[ABREAST_ROWS][4];
    for (int i = 0; i < ABREAST_ROWS; i++)
      for (int r = 0; r < count; r++) part[i][r] = splat(0);
    int64_t k = 0;
    for (; k + LINE / width <= in; k += LINE / width) {
      for (int i = 0; i < ABREAST_ROWS; i++) {
        __builtin_prefetch(near.rows + i * row_bytes + near.at);
        if (FAR_AHEAD > 1) __builtin_prefetch(far.rows + i * row_bytes + far.at, 0, 2);
      }
      advance(&near, row_bytes);
      advance(&far, row_bytes);
      for (int64_t j = k; j < k + LINE / width; j += LANES)
        plain_vectors(format, count, at, j, x, rows->stride, part);
    }
    for (; k + LANES <= in; k += LANES) plain_vectors(format, count, at, k, x, rows->stride, part);
    for (int i = 0; i < ABREAST_ROWS; i++) {
      for (int r = 0; r < count; r++) {
        float total = sum(part[i][r]);
        for (int64_t j = k; j < in; j++)
          total += scalar_as(format, at[i] + j * width) * x[r * rows->stride + j];
        sums[r][n + i] = total;
      }
    }
  }
}

INLINE void plain_rows_of(int count, const weight_t *w, const uint8_t *data, int64_t row,
                          const rows_t *x, int64_t x_row, sums_t *sums) {
  switch (w->format) {
    case BF16: plain_rows(BF16, count, w, data, row, x, x_row, sums); break;
    case F16: plain_rows(F16, count, w, data, row, x, x_row, sums); break;
    default: plain_rows(F32, count, w, data, row, x, x_row, sums);
  }
}

/* Computes and writes `count` rows of one block. */
INLINE void plain_block_rows(const product_t *p, const part_t *part, int count, int64_t block,
                             int64_t row) {
  sums_t sums[4], second[4];
  plain_rows_of(count, &part->weight, part->weight.data, ROWS * block, &p->x, row, sums);
  if (p->after == GATED)
    plain_rows_of(count, &part->weight, part->second, ROWS * block, &p->x, row, second);
  finish(p, part, block, row, count, (const vf *)sums, (const vf *)second);
}

/* Few rows: the weight is read once for every four of them. */
static void plain_few(const product_t *p, const step_t *s, const part_t *part, int64_t begin,
                      int64_t end) {
  for (int64_t b = begin; b < end; b++) {
    int64_t m = 0;
    for (; m + 4 <= s->rows; m += 4) plain_block_rows(p, part, 4, b, m);
    for (; m < s->rows; m++) plain_block_rows(p, part, 1, b, m);
  }
}

#define ACROSS (LANES == 16 ? 4 : 2)

/* c[m][n] = a[m][k] b[k][n], or += with `more`, for `count` rows, at most 6, and `columns` rounded
   up to `across` vectors; b's rows are 64 apart. */
INLINE void outer_rows(int across, int count, int more, int64_t columns, int64_t depth,
                       const float *a, int64_t a_stride, const float *b, float *c,
                       int64_t c_stride) {
  for (int64_t at = 0; at < columns; at += LANES * across) {
    vf sums[6][ACROSS];
    for (int r = 0; r < count; r++)
      for (int n = 0; n < across; n++)
        sums[r][n] = more ? load(c + r * c_stride + at + LANES * n) : splat(0);
    for (int64_t k = 0; k < depth; k++) {
      vf line[ACROSS];
      for (int n = 0; n < across; n++) line[n] = *(const vf *)(b + 64 * k + at + LANES * n);
      for (int r = 0; r < count; r++) {
        vf x = splat(a[r * a_stride + k]);
        for (int n = 0; n < across; n++) sums[r][n] += x * line[n];
      }
    }
    for (int r = 0; r < count; r++)
      for (int n = 0; n < across; n++) store(c + r * c_stride + at + LANES * n, sums[r][n]);
  }
}

INLINE void outer_across(int across, int64_t count, int more, int64_t columns, int64_t depth,
                         const float *a, int64_t a_stride, const float *b, float *c,
                         int64_t c_stride) {
  int64_t m = 0;
#define OUTER(rows)                                                                            \
  for (; m + (rows) <= count; m += (rows))                                                     \
  outer_rows(across, rows, more, columns, depth, a + m * a_stride, a_stride, b, c + m * c_stride, \
             c_stride)
  OUTER(6);
  OUTER(2);
  OUTER(1);
#undef OUTER
}

static void outer(int64_t count, int more, int64_t depth, const float *a, int64_t a_stride,
                  const float *b, float *c, int64_t c_stride) {
  if (more) {
    outer_across(ACROSS, count, 1, 64, depth, a, a_stride, b, c, c_stride);
  } else {
    outer_across(ACROSS, count, 0, 64, depth, a, a_stride, b, c, c_stride);
  }
}

/* The same for at least `columns` of the 64. */
static void outer_columns(int64_t columns, int64_t count, int more, int64_t depth, const float *a,
                          int64_t a_stride, const float *b, float *c, int64_t c_stride) {
  if (columns <= LANES) {
    outer_across(1, count, more, columns, depth, a, a_stride, b, c, c_stride);
  } else if (ACROSS == 2 || columns <= 2 * LANES) {
    outer_across(2, count, more, columns, depth, a, a_stride, b, c, c_stride);
  } else {
    outer(count, more, depth, a, a_stride, b, c, c_stride);
  }
}

/* panel[k][n] = 64 rows of values from `row` on, `depth` of them from column k0; rows beyond `rows`
   repeat the last up to a block's end. */
static void turn(int64_t format, const uint8_t *data, int64_t stride, int64_t rows, int64_t row,
                 int64_t k0, int64_t depth, float *panel) {
  const int64_t width = value_bytes(format);
  const int64_t columns = least(64, up_to(rows - row, ROWS));
  for (int64_t n = 0; n < columns; n += LANES) {
    const uint8_t *at[LANES];
    for (int i = 0; i < LANES; i++)
      at[i] = data + (least(row + n + i, rows - 1) * stride + k0) * width;
    int64_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
      vf x[LANES];
      for (int i = 0; i < LANES; i++) x[i] = load_as(format, at[i] + k * width);
      transpose(x);
      for (int i = 0; i < LANES; i++) *(vf *)(panel + 64 * (k + i) + n) = x[i];
    }
    for (; k < depth; k++)
      for (int i = 0; i < LANES; i++)
        panel[64 * k + n + i] = scalar_as(format, at[i] + k * width);
  }
}

#define DEPTH 512
#define MOST_ROWS 512
#define CACHED_ROWS 96 /* whose results fit into the L1 cache, where no panel is made again */

/* Many rows: transposes 64 rows of the weight at a time and multiplies all rows of x by them. */
static void plain_many(const product_t *p, const step_t *s, const part_t *part, int64_t begin,
                       int64_t end) {
  float *panel[2] = {(float *)room, (float *)room + DEPTH * 64};
  float *y[2] = {panel[1] + DEPTH * 64, panel[1] + DEPTH * 64 + MOST_ROWS * 64};
  const weight_t *w = &part->weight;
  const int gated = p->after == GATED;
  const int64_t most = w->in > DEPTH ? MOST_ROWS : CACHED_ROWS;
  for (int64_t b = begin; b < end; b += 4) {
    const int64_t blocks = least(4, end - b);
    for (int64_t m = 0; m < s->rows; m += most) {
      const int64_t count = least(most, s->rows - m);
      for (int64_t k = 0; k < w->in; k += DEPTH) {
        const int64_t depth = least(DEPTH, w->in - k);
        for (int i = 0; i <= gated; i++) {
          if (m == 0 || w->in > DEPTH)
            turn(w->format, i ? part->second : w->data, w->in, w->out, ROWS * b, k, depth,
                 panel[i]);
          outer(count, k > 0, depth, p->x.data + m * p->x.stride + k, p->x.stride, panel[i], y[i],
                64);
        }
      }
      for (int64_t n = 0; n < blocks; n++)
        for (int64_t r = 0; r < count; r++)
          finish(p, part, b + n, m + r, 1, (const vf *)(y[0] + 64 * r + ROWS * n),
                 (const vf *)(y[1] + 64 * r + ROWS * n));
    }
  }
}

#if defined(__AVX512BF16__) && !AMX_HALVES && BFLOATS
#define BFLOAT_DOTS 1
#else
#define BFLOAT_DOTS 0
#endif

#if AMX_HALVES || BFLOAT_DOTS
#define AMX_DEPTH 128
#define DOT_DEPTH 256
#define PAIRS_AHEAD (AMX_HALVES ? AMX_DEPTH : DOT_DEPTH) /* prefetched for the next transposition */

/* Transposes 16 rows of a plain weight [rows, in] from `row` on into tiles of 32 columns from
   column k0 on, two columns per word: [k / 32][16][16][2]. Rows beyond `rows` repeat the last. */
static void transpose_pairs(const uint16_t *w, int64_t in, int64_t rows, int64_t row, int64_t k0,
                      int64_t depth, uint16_t *to) {
  for (int64_t k = 0; k < depth; k += 32) {
    const int64_t left = depth - k;
    const __mmask32 there = left >= 32 ? 0xffffffff : (1u << left) - 1;
    vf lines[16];
    for (int i = 0; i < 16; i++) {
      const uint16_t *line = w + least(row + i, rows - 1) * in + k0 + k;
      __builtin_prefetch(line + PAIRS_AHEAD, 0, 2);
      lines[i] = (vf)_mm512_maskz_loadu_epi16(there, line);
    }
    transpose(lines);
    for (int i = 0; i < 16; i++) *(vf *)(to + 16 * k + 32 * i) = lines[i];
  }
}
#endif

#if AMX_HALVES
#define AMX_BLOCKS 16

/* Many rows of x times bfloat16: transposes 16 blocks of the weight at a time and multiplies all
   rows of x, each number as the sum of two bfloat16, by them in pairs of tiles. */
static void bfloat_many(const product_t *p, const step_t *s, const part_t *part, int64_t begin,
                        int64_t end) {
  enum { BLOCK = ROWS * AMX_DEPTH, X = 2 * 2 * TILE * AMX_DEPTH, FOUR = 4 * TILE * ROWS };
  const weight_t *w = &part->weight;
  const int64_t gated = p->after == GATED;
  uint16_t *x = (uint16_t *)room, *panel = x + X;
  float *y = (float *)(panel + (1 + gated) * AMX_BLOCKS * BLOCK);
  amx_configure(16);
  for (int64_t b = begin; b < end; b += AMX_BLOCKS) {
    const int64_t pairs = up_to(least(AMX_BLOCKS, end - b), 2) / 2;
    const int64_t each = (1 + gated) * pairs * FOUR;
    const int64_t most = ((float *)(room + ROOM) - y) / each * 2 * TILE;
    for (int64_t m = 0; m < s->rows; m += most) {
      const int64_t count = least(most, s->rows - m);
      for (int64_t k = 0; k < w->in; k += AMX_DEPTH) {
        const int64_t depth = least(AMX_DEPTH, w->in - k);
        for (int64_t n = 0; n < (1 + gated) * 2 * pairs; n++) {
          const uint8_t *data = n < 2 * pairs ? w->data : part->second;
          transpose_pairs((const uint16_t *)data, w->in, w->out, ROWS * (b + n % (2 * pairs)), k, depth,
                     panel + n * BLOCK);
        }
        for (int64_t r = 0; r < count; r += 2 * TILE) {
          const float *from = p->x.data + (m + r) * p->x.stride + k;
          amx_split(from, p->x.stride, count - r, depth, x);
          amx_split(from + TILE * p->x.stride, p->x.stride, count - r - TILE, depth, x + X / 2);
          for (int64_t n = 0; n < (1 + gated) * pairs; n++)
            amx_four(x, X / 2, panel + 2 * n * BLOCK, BLOCK, depth, k > 0,
                     y + r / (2 * TILE) * each + n * FOUR);
        }
      }
      for (int64_t r = 0; r < count; r += TILE) {
        for (int64_t n = 0; n < least(AMX_BLOCKS, end - b); n++) {
          const float *sums =
              y + r / (2 * TILE) * each + n / 2 * FOUR + (r / TILE % 2 * 2 + n % 2) * TILE * ROWS;
          finish(p, part, b + n, m + r, least(TILE, count - r), (const vf *)sums,
                 (const vf *)(sums + gated * pairs * FOUR));
        }
      }
    }
  }
  amx_release();
}
#endif

#if BFLOAT_DOTS
#define DOT_BLOCKS 16 /* of a weight, and of its gate, at a time */
#define DOT_ROWS 48 /* rounded at a time, to fit the L1 cache */

/* Rounds rows [rows, depth] to bfloat16, DOT_DEPTH apart, padded with zeros to a multiple of 32. */
static void round_rows(const float *x, int64_t stride, int64_t rows, int64_t depth, uint16_t *to) {
  for (int64_t r = 0; r < rows; r++, x += stride, to += DOT_DEPTH) {
    for (int64_t k = 0; k < depth; k += 32) {
      const int64_t left = depth - k;
      const __mmask32 there = left >= 32 ? 0xffffffff : (1u << left) - 1;
      __builtin_prefetch(x + k + DOT_DEPTH, 0, 2);
      __builtin_prefetch(x + k + DOT_DEPTH + 16, 0, 2);
      const __m512 first = _mm512_maskz_loadu_ps((__mmask16)there, x + k);
      const __m512 last = _mm512_maskz_loadu_ps((__mmask16)(there >> 16), x + k + 16);
      _mm512_storeu_si512(to + k, (__m512i)_mm512_cvtne2ps_pbh(last, first));
    }
  }
}

/* sums[count][64] (+)= `count` rows, at most 6, times four transposed blocks of a weight. */
INLINE void bfloat_rows(int count, int64_t depth, int more, const uint16_t *x, const uint16_t *w,
                     float *sums) {
  __m512 own[6][4];
  for (int r = 0; r < count; r++)
    for (int n = 0; n < 4; n++)
      own[r][n] = more ? _mm512_load_ps(sums + 64 * r + 16 * n) : _mm512_setzero_ps();
  for (int64_t k = 0; k < depth; k += 2) {
    __m512bh line[4];
    for (int n = 0; n < 4; n++)
      line[n] = (__m512bh)_mm512_load_si512(w + n * ROWS * DOT_DEPTH + 16 * k);
    for (int r = 0; r < count; r++) {
      int32_t pair;
      memcpy(&pair, x + r * DOT_DEPTH + k, 4);
      for (int n = 0; n < 4; n++)
        own[r][n] = _mm512_dpbf16_ps(own[r][n], line[n], (__m512bh)_mm512_set1_epi32(pair));
    }
  }
  for (int r = 0; r < count; r++)
    for (int n = 0; n < 4; n++) _mm512_store_ps(sums + 64 * r + 16 * n, own[r][n]);
}

static void bfloat_tile(int64_t rows, int64_t depth, int more, const uint16_t *x, const uint16_t *w,
                     float *sums) {
  int64_t r = 0;
  for (; r + 6 <= rows; r += 6)
    bfloat_rows(6, depth, more, x + r * DOT_DEPTH, w, sums + 64 * r);
  for (; r + 2 <= rows; r += 2)
    bfloat_rows(2, depth, more, x + r * DOT_DEPTH, w, sums + 64 * r);
  for (; r < rows; r++) bfloat_rows(1, depth, more, x + r * DOT_DEPTH, w, sums + 64 * r);
}

/* Many rows of x, rounded to bfloat16, times bfloat16: transposes some blocks of the weight at a
   time and multiplies the rows by four blocks at a time. */
static void bfloat_many(const product_t *p, const step_t *s, const part_t *part, int64_t begin,
                        int64_t end) {
  enum { FOUR = 4 * ROWS * DOT_DEPTH };
  const weight_t *w = &part->weight;
  const int64_t gated = p->after == GATED, blocks = DOT_BLOCKS / (1 + gated);
  uint16_t *x = (uint16_t *)room, *panel = x + DOT_ROWS * DOT_DEPTH;
  float *y = (float *)(panel + DOT_BLOCKS * ROWS * DOT_DEPTH);
  for (int64_t b = begin; b < end; b += blocks) {
    const int64_t here = least(blocks, end - b), fours = up_to(here, 4) / 4;
    const int64_t fitting = ((float *)(room + ROOM) - y) / ((1 + gated) * fours * 64);
    const int64_t most = fitting / DOT_ROWS * DOT_ROWS;
    for (int64_t m = 0; m < s->rows; m += most) {
      const int64_t count = least(most, s->rows - m);
      for (int64_t k = 0; k < w->in; k += DOT_DEPTH) {
        const int64_t depth = least(DOT_DEPTH, w->in - k);
        for (int64_t n = 0; n < (1 + gated) * 4 * fours; n++) {
          const uint8_t *data = n < 4 * fours ? w->data : part->second;
          transpose_pairs((const uint16_t *)data, w->in, w->out, ROWS * (b + n % (4 * fours)), k, depth,
                     panel + n * ROWS * DOT_DEPTH);
        }
        for (int64_t r = 0; r < count; r += DOT_ROWS) {
          const int64_t rows = least(DOT_ROWS, count - r);
          round_rows(p->x.data + (m + r) * p->x.stride + k, p->x.stride, rows, depth, x);
          for (int64_t n = 0; n < (1 + gated) * fours; n++)
            bfloat_tile(rows, up_to(depth, 32), k > 0, x, panel + n * FOUR, y + (n * most + r) * 64);
        }
      }
      for (int64_t n = 0; n < here; n++)
        for (int64_t r = 0; r < count; r++) {
          const float *sums = y + (n / 4 * most + r) * 64 + n % 4 * ROWS;
          finish(p, part, b + n, m + r, 1, (const vf *)sums,
                 (const vf *)(sums + gated * fours * most * 64));
        }
    }
  }
}
#endif

/* Few rows or many of x times a plain weight. */
static void plain_product(const product_t *p, const step_t *s, const part_t *part, int64_t begin,
                         int64_t end) {
  if (s->rows <= 8) {
    plain_few(p, s, part, begin, end);
#if AMX_HALVES
  } else if (part->weight.format == BF16 && s->rows > AMX_OVER) {
    bfloat_many(p, s, part, begin, end);
#elif BFLOAT_DOTS
  } else if (part->weight.format == BF16) {
    bfloat_many(p, s, part, begin, end);
#endif
  } else {
    plain_many(p, s, part, begin, end);
  }
}

/* Blocks begin to end of the parts' list. */
static void product(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  product_t own = *(const product_t *)op, *p = &own;
  own.x.data = row_of(&p->x, s, thread, 0);
  quantised_t q = quantised_for(&p->q, s, thread);
  int64_t first = 0;
  for (int64_t i = 0; i < p->parts; i++) {
    const part_t *part = &p->part[i];
    const int64_t from = begin > first ? begin - first : 0, to = least(end - first, part->blocks);
    if (from < to) {
      if (part->weight.format <= INT8_HALF) {
        packed_blocks(p, s, &q, part, from, to);
      } else {
        plain_product(p, s, part, from, to);
      }
    }
    first += part->blocks;
  }
}
