/* Sparse products, which skip blocks that a weight doesn't store, outputs that are masked, and
   inputs that are zero. */

/* BLOCKS: a block-sparse weight, whose stored blocks of 16 outputs and 64 inputs are contiguous;
   plain ones are [input][output]. OUTPUTS: a packed weight, by blocks of 16 outputs. DOTS: y[n]
   = x * row n. SUMS: y += x[k] * row k. The last two store each row contiguously, see row_bytes. */
enum { BLOCKS = 0, OUTPUTS = 1, DOTS = 2, SUMS = 3 };

typedef struct {
  int64_t kind;
  weight_t weight;        /* SUMS: in is y's width, out x's */
  const int64_t *offsets; /* BLOCKS: [block rows + 1] index of each one's first block */
  const int64_t *columns; /* BLOCKS: [stored] position in units of 64 inputs, ascending */
  const uint8_t *active;  /* [rows][units] mask of the outputs, or NULL: all */
  int64_t shift;          /* a unit has 1 << shift outputs: 16 except in DOTS */
  int64_t pieces;         /* BLOCKS: pieces of equal work */
  rows_t x;
  quantised_t q;          /* BLOCKS and OUTPUTS of packed weights */
  rows_t y;               /* `stride` a multiple of 32 */
} sparse_t;

INLINE int64_t blocks_of(const sparse_t *p) { return up_to(p->weight.out, ROWS) / ROWS; }

static int64_t sparse_items(const sparse_t *p) {
  switch (p->kind) {
    case BLOCKS: return p->pieces;
    case SUMS: return up_to(p->weight.in, 32) / 32;
    default: return blocks_of(p);
  }
}

/* q from row `row` of tile `tile` and column block `column` on, for `columns` of them. */
INLINE quantised_t quantised_at(const quantised_t *q, int64_t height, int64_t tile, int64_t row,
                                int64_t column, int64_t columns) {
  const int64_t at = (tile * q->groups + 2 * column) * height + row;
  quantised_t part = *q;
  part.bytes += 64 * at;
  part.scales += at;
  part.weighted += at;
  part.sums += at;
  part.upper += at;
  part.groups = 2 * columns;
  return part;
}

static void packed_single(int64_t f, int64_t ahead, const uint8_t *w, const quantised_t *q,
                          int64_t height, vf *sums) {
  switch (f) {
    case INT4: single_groups(ahead, INT4, w, q, height, 0, q->groups, sums); break;
    case INT4_OFFSET: single_groups(ahead, INT4_OFFSET, w, q, height, 0, q->groups, sums); break;
    case INT8: single_groups(ahead, INT8, w, q, height, 0, q->groups, sums); break;
    case INT8_OFFSET: single_groups(ahead, INT8_OFFSET, w, q, height, 0, q->groups, sums); break;
    default: single_groups(ahead, INT8_HALF, w, q, height, 0, q->groups, sums);
  }
}

/* sums += a single row times stored blocks `begin` to `end`: adjacent blocks together, skipping
   those where the row is zero. */
static void stored_times_row(const sparse_t *p, const quantised_t *q, int64_t begin, int64_t end,
                             vf *sums) {
  const int64_t bytes = block_bytes(p->weight.format), *columns = p->columns;
  for (int64_t j = begin; j < end;) {
    const int64_t from = j, first = columns[j];
    for (; j < end && columns[j] == first + j - from; j++)
      if (q->scales[2 * columns[j]] == 0 && q->scales[2 * columns[j] + 1] == 0) break;
    if (j == from) {
      j++;
      continue;
    }
    const quantised_t part = quantised_at(q, 1, 0, 0, first, j - from);
    packed_single(p->weight.format, AHEAD, p->weight.data + from * bytes, &part, 1, sums);
  }
}

/* part[i][r] += line i of a plain block, LANES outputs of it, times value i of `count` rows. */
INLINE void plain_lines(int64_t format, int lines, int count, const uint8_t *line, const float *x,
                        int64_t stride, vf (*part)[4]) {
  for (int i = 0; i < lines; i++) {
    const vf w = load_as(format, line + i * ROWS * value_bytes(format));
    for (int r = 0; r < count; r++) part[i][r] += w * splat(x[r * stride + i]);
  }
}

/* sums[r] += `count` rows of x times one plain block, [depth][16 outputs]. */
INLINE void plain_block(int64_t format, int count, const uint8_t *block, int64_t depth,
                        const float *x, int64_t stride, vf *sums) {
  const int64_t width = value_bytes(format);
  for (int h = 0; h < PARTS; h++) {
    vf part[4][4];
    for (int i = 0; i < 4; i++)
      for (int r = 0; r < count; r++) part[i][r] = splat(0);
    const uint8_t *lines = block + h * LANES * width;
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4) {
      for (int i = 0; h == 0 && i < 4; i++) PREFETCH(lines + (k + i) * ROWS * width);
      plain_lines(format, 4, count, lines + k * ROWS * width, x + k, stride, part);
    }
    for (; k < depth; k++)
      plain_lines(format, 1, count, lines + k * ROWS * width, x + k, stride, part);
    for (int r = 0; r < count; r++)
      sums[r * PARTS + h] += (part[0][r] + part[1][r]) + (part[2][r] + part[3][r]);
  }
}

INLINE void plain_blocks(const sparse_t *p, int count, int64_t begin, int64_t end, const float *x,
                         vf *sums) {
  const int64_t format = p->weight.format, bytes = 64 * ROWS * value_bytes(format);
  for (int64_t j = begin; j < end; j++) {
    const int64_t k = 64 * p->columns[j], depth = least(64, p->weight.in - k);
    const uint8_t *block = p->weight.data + j * bytes;
    switch (format) {
      case BF16: plain_block(BF16, count, block, depth, x + k, p->x.stride, sums); break;
      case F16: plain_block(F16, count, block, depth, x + k, p->x.stride, sums); break;
      default: plain_block(F32, count, block, depth, x + k, p->x.stride, sums);
    }
  }
}

INLINE int is_wanted(const sparse_t *p, int64_t block, int64_t row) {
  return !p->active || p->active[row * blocks_of(p) + block];
}

/* How many of `count` rows need a block of outputs. */
INLINE int64_t wanting(const sparse_t *p, int64_t block, int64_t row, int64_t count) {
  int64_t total = 0;
  for (int64_t r = 0; r < count; r++) total += is_wanted(p, block, row + r);
  return total;
}

INLINE void store_sums(const sparse_t *p, int64_t block, int64_t row, int64_t count,
                       const vf *sums) {
  for (int64_t r = 0; r < count; r++) {
    const int wanted = is_wanted(p, block, row + r);
    for (int h = 0; h < PARTS; h++)
      store(p->y.data + (row + r) * p->y.stride + ROWS * block + LANES * h,
            wanted ? sums[r * PARTS + h] : splat(0));
  }
}

/* Rows of a tile times the stored blocks of one block row. */
static void packed_tile_times(const sparse_t *p, const quantised_t *q, int64_t tile, int64_t count,
                              int64_t begin, int64_t end, vf *sums) {
  const int64_t bytes = block_bytes(p->weight.format);
  for (int64_t j = begin; j < end;) {
    const int64_t from = j, first = p->columns[j];
    while (j < end && p->columns[j] == first + j - from) j++;
    const quantised_t part = quantised_at(q, TILE, tile, 0, first, j - from);
    laid_blocks(p->weight.format, p->weight.data + from * bytes, 0, 1, &part, 0, count, 0,
                part.groups, sums, 0);
  }
}

INLINE void clear(vf *sums, int64_t rows) {
  for (int64_t i = 0; i < rows * PARTS; i++) sums[i] = splat(0);
}

static void stored_block_row(const sparse_t *p, const step_t *s, const quantised_t *q,
                             int64_t block) {
  const int64_t from = p->offsets[block];
  const int64_t to = wanting(p, block, 0, s->rows) ? p->offsets[block + 1] : from;
  vf sums[TILE * PARTS];
  if (p->weight.format > INT8_HALF) {
    int64_t m = 0;
    for (; m + 4 <= s->rows; m += 4) {
      clear(sums, 4);
      plain_blocks(p, 4, from, to, p->x.data + m * p->x.stride, sums);
      store_sums(p, block, m, 4, sums);
    }
    for (; m < s->rows; m++) {
      clear(sums, 1);
      plain_blocks(p, 1, from, to, p->x.data + m * p->x.stride, sums);
      store_sums(p, block, m, 1, sums);
    }
  } else if (s->rows == 1) {
    clear(sums, 1);
    stored_times_row(p, q, from, to, sums);
    store_sums(p, block, 0, 1, sums);
  } else {
    for (int64_t m = 0; m < s->rows; m += TILE) {
      const int64_t count = least(TILE, s->rows - m);
      clear(sums, TILE);
      packed_tile_times(p, q, m / TILE, count, from, to, sums);
      store_sums(p, block, m, count, sums);
    }
  }
}

/* The first block row of a piece. The work is one per stored block, plus one per block row. */
static int64_t first_block_of(const sparse_t *p, int64_t piece) {
  const int64_t blocks = blocks_of(p);
  const int64_t work = (p->offsets[blocks] + blocks) * piece / p->pieces;
  int64_t low = 0, high = blocks;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (p->offsets[middle] + middle < work) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static void stored_blocks(const sparse_t *p, const step_t *s, const quantised_t *q, int64_t begin,
                          int64_t end) {
  const int64_t last = first_block_of(p, end);
  for (int64_t b = first_block_of(p, begin); b < last; b++) stored_block_row(p, s, q, b);
}

/* One block of outputs for rows of a tile: all rows together if most need it. */
static void outputs_tile(const sparse_t *p, const quantised_t *q, int64_t block, int64_t row,
                         int64_t count) {
  const int64_t pairs = up_to(p->weight.in, 64) / 64;
  const uint8_t *data = p->weight.data + block * pairs * block_bytes(p->weight.format);
  vf sums[TILE * PARTS];
  clear(sums, TILE);
  if (3 * wanting(p, block, row, count) > count) {
    laid_blocks(p->weight.format, data, 0, 1, q, row / TILE, count, 0, q->groups, sums, 0);
  } else {
    for (int64_t r = 0; r < count; r++) {
      if (!is_wanted(p, block, row + r)) continue;
      const quantised_t part = quantised_at(q, TILE, row / TILE, r, 0, pairs);
      packed_single(p->weight.format, AHEAD, data, &part, TILE, sums + r * PARTS);
    }
  }
  store_sums(p, block, row, count, sums);
}

#define MOST_COLUMN_BLOCKS 1024

/* Blocks of outputs of a single row that is zero except in `count` blocks of columns. */
static void outputs_of_few(const sparse_t *p, const quantised_t *q, const int32_t *column,
                           int64_t count, int64_t begin, int64_t end) {
  const int64_t bytes = block_bytes(p->weight.format);
  const int64_t stride = up_to(p->weight.in, 64) / 64 * bytes;
  vf sums[PARTS];
  for (int64_t b = begin; b < end; b++) {
    clear(sums, 1);
    for (int64_t i = 0; i < count && is_wanted(p, b, 0); i++) {
      const int64_t then = i + SPARSE_AHEAD;
      const int64_t ahead =
          then / count * stride + (column[then % count] - column[i]) * bytes;
      const quantised_t part = quantised_at(q, 1, 0, 0, column[i], 1);
      packed_single(p->weight.format, ahead, p->weight.data + b * stride + column[i] * bytes,
                    &part, 1, sums);
    }
    store_sums(p, b, 0, 1, sums);
  }
}

static void outputs_of_one(const sparse_t *p, const quantised_t *q, int64_t begin, int64_t end) {
  const int64_t pairs = up_to(p->weight.in, 64) / 64;
  const int64_t stride = pairs * block_bytes(p->weight.format);
  int32_t column[MOST_COLUMN_BLOCKS];
  int64_t count = 0;
  for (int64_t c = 0; c < pairs && pairs <= MOST_COLUMN_BLOCKS; c++) {
    column[count] = (int32_t)c;
    count += q->scales[2 * c] != 0 || q->scales[2 * c + 1] != 0;
  }
  if (pairs <= MOST_COLUMN_BLOCKS && 4 * count <= 3 * pairs) {
    outputs_of_few(p, q, column, count, begin, end);
    return;
  }
  vf sums[PARTS];
  for (int64_t b = begin; b < end; b++) {
    clear(sums, 1);
    if (is_wanted(p, b, 0))
      packed_single(p->weight.format, AHEAD, p->weight.data + b * stride, q, 1, sums);
    store_sums(p, b, 0, 1, sums);
  }
}

static void outputs(const sparse_t *p, const step_t *s, const quantised_t *q, int64_t begin,
                    int64_t end) {
  if (s->rows == 1) {
    outputs_of_one(p, q, begin, end);
    return;
  }
  for (int64_t b = begin; b < end; b++)
    for (int64_t m = 0; m < s->rows; m += TILE)
      outputs_tile(p, q, b, m, least(TILE, s->rows - m));
}

/* A row of a quantised weight: the values of its groups of 32, then a scale for each, then a
   minimum for each. In 4 bits, value i shares a byte with i + 16; 8-bit values are signed. */
INLINE int64_t group_bytes(int64_t format) {
  return format <= INT4_OFFSET ? 16 : format <= INT8_HALF ? 32 : 32 * value_bytes(format);
}

INLINE int64_t row_bytes(int64_t format, int64_t width) {
  if (format > INT8_HALF) return width * value_bytes(format);
  return up_to(width, 32) / 32 * (group_bytes(format) + (format == INT4_OFFSET ? 4 : 2));
}

#define VECTORS (32 / LANES) /* of a group */

INLINE void group_values(int64_t format, const uint8_t *p, vf *v) {
  if (format <= INT4_OFFSET) {
    for (int i = 0; i < VECTORS / 2; i++) {
      const vi both = widened(p + i * LANES);
      v[i] = __builtin_convertvector(both & 15, vf);
      v[i + VECTORS / 2] = __builtin_convertvector(both >> 4, vf);
    }
  } else if (format <= INT8_HALF) {
    for (int i = 0; i < VECTORS; i++)
      v[i] = __builtin_convertvector(widened_signed(p + i * LANES), vf);
  } else {
    for (int i = 0; i < VECTORS; i++) v[i] = load_as(format, p + i * LANES * value_bytes(format));
  }
}

/* Scales of LANES groups, and the offset of their values, both multiplied by `by`. Lanes beyond
   the last group are garbage and not used. */
INLINE vf row_factors(int64_t format, const uint8_t *row, int64_t groups, int64_t g, float by,
                      vf *shift) {
  const uint16_t *factors = (const uint16_t *)(row + groups * group_bytes(format));
  const vf scale = load_half(factors + g) * by;
  *shift = format == INT4 ? scale * -8.0f
           : format == INT4_OFFSET ? load_half(factors + groups + g) * by
                                   : splat(0);
  return scale;
}

/* Prefetches a group of a later row. */
INLINE void fetch_group(int64_t format, const uint8_t *p) {
  __builtin_prefetch(p);
  if (format == F32) __builtin_prefetch(p + 64);
}

#define AT_ONCE 4

/* y[i] = row i times x, for `count` rows. */
INLINE void dot_rows(int64_t format, int count, const uint8_t *const *row,
                     const uint8_t *const *ahead, const float *x, int64_t width, float *y) {
  const int packed = format <= INT8_HALF;
  const int64_t groups = packed ? up_to(width, 32) / 32 : width / 32, step = group_bytes(format);
  const int64_t whole = width / 32;
  float scales[AT_ONCE][LANES], shifts[AT_ONCE][LANES];
  float last[32] = {0}; /* values of x in a partial group */
  if (packed && whole < groups)
    memcpy(last, x + 32 * whole, (size_t)(width - 32 * whole) * sizeof(float));
  vf part[AT_ONCE][2];
  for (int i = 0; i < count; i++) part[i][0] = part[i][1] = splat(0);
  for (int64_t first = 0; first < groups; first += LANES) {
    for (int i = 0; packed && i < count; i++) {
      vf shift;
      store(scales[i], row_factors(format, row[i], groups, first, 1, &shift));
      store(shifts[i], shift);
    }
    const int64_t here = least(LANES, groups - first);
    for (int64_t g = 0; g < here; g++) {
      const float *values = first + g < whole ? x + 32 * (first + g) : last;
      vf at[VECTORS], all = splat(0);
      for (int h = 0; h < VECTORS; h++) all += at[h] = load(values + h * LANES);
      for (int i = 0; i < count; i++) {
        vf v[VECTORS], own = splat(0);
        fetch_group(format, ahead[i] + (first + g) * step);
        group_values(format, row[i] + (first + g) * step, v);
        if (packed) {
          for (int h = 0; h < VECTORS; h++) own += v[h] * at[h];
          part[i][0] += own * splat(scales[i][g]);
          if (format <= INT4_OFFSET) part[i][1] += all * splat(shifts[i][g]);
        } else {
          for (int h = 0; h < VECTORS; h++) part[i][h % 2] += v[h] * at[h];
        }
      }
    }
  }
  for (int i = 0; i < count; i++) {
    float total = sum(part[i][0] + part[i][1]);
    for (int64_t k = 32 * groups; k < width; k++)
      total += scalar_as(format, row[i] + k * value_bytes(format)) * x[k];
    y[i] = total;
  }
}

/* y[n] += by[i] * row i for the groups `begin` to `end` of 32 columns. */
INLINE void add_rows(int64_t format, int count, const uint8_t *const *row,
                     const uint8_t *const *ahead, const float *by, int64_t width, int64_t begin,
                     int64_t end, float *y) {
  const int packed = format <= INT8_HALF;
  const int64_t groups = packed ? up_to(width, 32) / 32 : width / 32, step = group_bytes(format);
  float scales[AT_ONCE][LANES], shifts[LANES];
  for (int64_t first = begin; first < least(end, groups); first += LANES) {
    vf all = splat(0);
    for (int i = 0; i < count; i++) {
      vf shift = splat(0);
      store(scales[i], packed ? row_factors(format, row[i], groups, first, by[i], &shift)
                              : splat(by[i]));
      all += shift;
    }
    store(shifts, all);
    const int64_t here = least(LANES, least(end, groups) - first);
    for (int64_t g = 0; g < here; g++) {
      float *at = y + 32 * (first + g);
      vf sums[VECTORS];
      for (int h = 0; h < VECTORS; h++) {
        sums[h] = load(at + h * LANES);
        if (format <= INT4_OFFSET) sums[h] += splat(shifts[g]);
      }
      for (int i = 0; i < count; i++) {
        vf v[VECTORS];
        const vf factor = packed ? splat(scales[i][g]) : splat(by[i]);
        fetch_group(format, ahead[i] + (first + g) * step);
        group_values(format, row[i] + (first + g) * step, v);
        for (int h = 0; h < VECTORS; h++) sums[h] += v[h] * factor;
      }
      for (int h = 0; h < VECTORS; h++) store(at + h * LANES, sums[h]);
    }
  }
  if (!packed && end > groups)
    for (int64_t n = 32 * groups; n < width; n++)
      for (int i = 0; i < count; i++)
        y[n] += scalar_as(format, row[i] + n * value_bytes(format)) * by[i];
}

#define FOR_ROW_FORMAT(f, call)          \
  switch (f) {                           \
    case INT4: call(INT4); break;        \
    case INT4_OFFSET: call(INT4_OFFSET); break; \
    case INT8: call(INT8); break;        \
    case BF16: call(BF16); break;        \
    case F16: call(F16); break;          \
    default: call(F32);                  \
  }

/* The current rows and those to prefetch: the last ones again at the end. */
typedef struct {
  const uint8_t *now[AT_ONCE];
  const uint8_t *ahead[AT_ONCE];
} turn_t;

INLINE turn_t rows_in_turn(const weight_t *w, const int32_t *list, int64_t at, int64_t count) {
  const int64_t bytes = row_bytes(w->format, w->in);
  turn_t t;
  for (int i = 0; i < AT_ONCE; i++) {
    t.now[i] = w->data + list[least(at + i, count - 1)] * bytes;
    t.ahead[i] = w->data + list[least(at + SPARSE_AHEAD + i, count - 1)] * bytes;
  }
  return t;
}

/* list[..] = the indices of the nonzero ones among `count` floats, from `first` on. */
static int64_t places_of(const float *x, int64_t first, int64_t count, int32_t *list) {
  int64_t n = 0, k = 0;
#if defined(__AVX512F__)
  for (; k + LANES <= count; k += LANES) {
    const __mmask16 some =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(x + k), _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const __m512i places = _mm512_add_epi32((__m512i)LANE, _mm512_set1_epi32((int32_t)(first + k)));
    _mm512_storeu_si512(list + n, _mm512_maskz_compress_epi32(some, places));
    n += __builtin_popcount(some);
  }
#endif
  for (; k < count; k++) {
    list[n] = (int32_t)(first + k);
    n += x[k] != 0;
  }
  return n;
}

#define LISTED 1024

static void wanted_rows(const sparse_t *p, const step_t *s, int64_t begin, int64_t end) {
  const weight_t *w = &p->weight;
  const int64_t units = up_to(w->out, 1 << p->shift) >> p->shift;
  const int64_t last = least(ROWS * end, w->out);
  int32_t list[LISTED];
  float dots[AT_ONCE];
  for (int64_t from = ROWS * begin; from < last; from += LISTED) {
    const int64_t to = least(from + LISTED, last);
    for (int64_t m = 0; m < s->rows; m++) {
      const uint8_t *active = p->active ? p->active + m * units : NULL;
      const float *x = p->x.data + m * p->x.stride;
      float *y = p->y.data + m * p->y.stride;
      int64_t count = 0;
      for (int64_t n = from; n < to; n++) {
        list[count] = (int32_t)n;
        count += !active || active[n >> p->shift];
      }
      memset(y + from, 0, (size_t)(to - from) * sizeof(float));
      for (int64_t at = 0; at < count; at += AT_ONCE) {
        const turn_t t = rows_in_turn(w, list, at, count);
#define DOT_ALL(f) dot_rows(f, AT_ONCE, t.now, t.ahead, x, w->in, dots)
        FOR_ROW_FORMAT(w->format, DOT_ALL)
        for (int64_t i = 0; i < least(AT_ONCE, count - at); i++) y[list[at + i]] = dots[i];
      }
    }
  }
}

static void summed_rows(const sparse_t *p, const step_t *s, int64_t begin, int64_t end) {
  const weight_t *w = &p->weight;
  int32_t list[LISTED + LANES];
  for (int64_t m = 0; m < s->rows; m++) {
    const float *x = p->x.data + m * p->x.stride;
    float *y = p->y.data + m * p->y.stride;
    memset(y + 32 * begin, 0, (size_t)(end - begin) * 32 * sizeof(float));
    for (int64_t from = 0; from < w->out; from += LISTED) {
      const int64_t count = places_of(x + from, from, least(LISTED, w->out - from), list);
      for (int64_t at = 0; at < count; at += AT_ONCE) {
        const turn_t t = rows_in_turn(w, list, at, count);
        float by[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) by[i] = at + i < count ? x[list[at + i]] : 0;
#define ADD_ALL(f) add_rows(f, AT_ONCE, t.now, t.ahead, by, w->in, begin, end, y)
#define ADD_ONE(f) add_rows(f, 1, t.now + i, t.ahead + i, by + i, w->in, begin, end, y)
        if (at + AT_ONCE <= count) {
          FOR_ROW_FORMAT(w->format, ADD_ALL)
        } else {
          for (int i = 0; i < count - at; i++) FOR_ROW_FORMAT(w->format, ADD_ONE)
        }
      }
    }
  }
}

static void sparse(const void *op, const step_t *s, int64_t begin, int64_t end, int64_t thread) {
  const sparse_t *p = op;
  const quantised_t q = quantised_for(&p->q, s, thread);
  switch (p->kind) {
    case BLOCKS: stored_blocks(p, s, &q, begin, end); break;
    case OUTPUTS: outputs(p, s, &q, begin, end); break;
    case DOTS: wanted_rows(p, s, begin, end); break;
    default: summed_rows(p, s, begin, end);
  }
}
