/* Products of quantised rows and blocks of packed weights. */

/* Constants that `kernels tune products` may change, CpuTuning in Java. */
#ifndef AHEAD
#define AHEAD 2048
#define FAR_AHEAD 2 /* which weights are also prefetched into L2: 0 none, 1 those of 4 bits, 2 all */
#define STREAMS 4 /* blocks read at the same time for a row: uses more memory bandwidth */
#define TILES_AT_ONCE 8
#define SPARSE_AHEAD 4
#define BFLOATS 0 /* whether many rows are rounded to bfloat16 for bfloat16 weights */
#endif
#define PREFETCH(p) __builtin_prefetch((const char *)(p) + AHEAD)
#define LINE 64 /* bytes of a cache line */

/* Weights are prefetched twice: from far into the L2 cache, which allows more outstanding
   requests, and from near into L1. Packed ones are one stream. On Zen 3 one prefetch per line is
   faster than two, except where unpacking takes longest. */
INLINE void fetch(int64_t format, const void *p, int64_t ahead) {
  if (ahead == AHEAD) {
    __builtin_prefetch((const char *)p + AHEAD / 2);
    if (FAR_AHEAD >= (format <= INT4_OFFSET ? 1 : 2))
      __builtin_prefetch((const char *)p + 4 * AHEAD, 0, 2);
  } else {
    __builtin_prefetch((const char *)p + ahead);
  }
}

/* Whether 16-bit activations are multiplied as such; otherwise they are split into two bytes. */
INLINE int in_pairs(int wide) { return PAIRS && wide; }

/* Whether the zero point is subtracted before the multiplication. */
INLINE int centred(int64_t format) { return CENTRES && (format == INT8 || format == INT8_HALF); }

/* Keeps compilers from delaying additions, for which they then run out of registers. */
#define KEEP(sum) __asm__("" : "+v"(sum))

/* Adds a word of weights times numbers n of a row: its high and low bytes, or its pairs. */
INLINE void word_dot(vi *high, vi *low, vi w, const int32_t *a, int n) {
#if PAIRS
  (void)high;
  *low = dot2(*low, w, a[n]);
  KEEP(*low);
#else
  *high = dot4(*high, w, a[n]);
  *low = dot4(*low, w, a[n + 8]);
#endif
}

/* high[r * side + i] and low[..] += `words` words at w[i * apart] times those of `rows` rows, 64
   bytes apart; rows that aren't `wide` have one byte per number and no high sums. Independent
   sums hide the latency of the additions. */
INLINE void whole_dots(int wide, int words, int side, int rows, const vi *w, int apart,
                       const int32_t *a, vi *high, vi *low) {
#if PAIRS
  if (!wide) {
    for (int at = 0; at < rows * side; at++) {
      vi sum = splati(0);
      for (int t = 0; t < words; t++) {
        sum = add_pairs(sum, w[at % side * apart + t], a[16 * (at / side) + t]);
        KEEP(sum);
      }
      low[at] += sum_pairs(sum);
    }
    return;
  }
#pragma GCC unroll 16
  for (int t = 0; t < words; t++)
    for (int at = 0; at < rows * side; at++)
      word_dot(high + at, low + at, w[at % side * apart + t], a + 16 * (at / side), t);
#else
  for (int t = 0; t < words; t++) {
    for (int r = 0; r < rows; r++) {
      const int32_t *first = a + 16 * r + t;
      for (int i = 0; wide && i < side; i++)
        high[r * side + i] = dot4(high[r * side + i], w[i * apart + t], first[0]);
      for (int i = 0; i < side; i++)
        low[r * side + i] = dot4(low[r * side + i], w[i * apart + t], first[8 * wide]);
    }
  }
#endif
}

INLINE int values_of(int64_t format) { return format <= INT4_OFFSET ? 512 : 1024; }
INLINE int has_halves(int64_t format) { return format == INT8_HALF; }
INLINE int has_minima(int64_t format) { return format == INT4_OFFSET || format == INT8_OFFSET; }

/* Words per line: bytes, four per word, or pairs of 16 bits. */
INLINE int words_in(int64_t format, int wide) {
  return (format <= INT4_OFFSET ? 2 : 1) << in_pairs(wide);
}

/* Unpacks a line of LANES outputs. Pairs are every other number: 0 and 2, 1 and 3, 4 and 6, 5 and 7. */
INLINE void words_of(int64_t format, int wide, const uint8_t *line, vi *words) {
  const vi all = *(const vi *)line;
  if (in_pairs(wide)) {
    if (format <= INT4_OFFSET) {
      words[0] = all & 0x000f000f;
      words[1] = (vi)((vs)all >> 8) & 0x000f000f;
      words[2] = (vi)((vs)all >> 4) & 0x000f000f;
      words[3] = (vi)((vs)all >> 12);
    } else {
      words[0] = all & 0x00ff00ff;
      words[1] = (vi)((vs)all >> 8);
    }
  } else if (format <= INT4_OFFSET) {
    words[0] = all & 0x0f0f0f0f;
    words[1] = (vi)((vu)all >> 4) & 0x0f0f0f0f;
  } else {
    words[0] = centred(format) ? (vi)((vu)all ^ 0x80808080u) : all;
  }
}

/* The numbers of group g, which are half of the block's. */
INLINE const uint8_t *half_of(int64_t format, const uint8_t *block, int64_t g) {
  return block + (g & 1) * (values_of(format) / 2);
}

/* Prefetches `ahead` bytes beyond group g of a block. */
INLINE void fetch_half(int64_t format, const uint8_t *block, int64_t g, int64_t ahead) {
  for (int i = 0; i < values_of(format) / 2; i += LINE)
    fetch(format, half_of(format, block, g) + i, ahead);
  if (g & 1) fetch(format, block + values_of(format), ahead);
}

/* The factors of LANES outputs of group g: a scale, and the second half's scale or the minimum. */
INLINE void factors_of(int64_t format, const uint8_t *block, int64_t g, int part, vf *scale,
                       vf *other) {
  const uint16_t *factors = (const uint16_t *)(block + values_of(format)) + LANES * part;
  *scale = load_half(factors + (has_halves(format) ? 32 : 16) * (g & 1));
  if (has_halves(format)) *other = load_half(factors + 32 * (g & 1) + 16);
  if (has_minima(format)) *other = load_half(factors + 32 + 16 * (g & 1));
}

/* Combines the sums of the high and low bytes. */
INLINE vi number_of(int wide, vi high, vi low) {
  return wide && !in_pairs(wide) ? (high << 8) + low : low;
}

/* sums += groups `from` to `to` of the block's 16 rows of weights times those of a row in a tile
   of `height` rows; format is a constant where this is inlined. */
INLINE void single_groups(int64_t ahead, int64_t format, const uint8_t *w, const quantised_t *q,
                          int64_t height, int64_t from, int64_t to, vf *sums) {
  const int pieces = 1 + has_halves(format), each = words_in(format, 1);
  const int lines = values_of(format) / 128 / pieces;
  const int32_t fix = centred(format) ? 0 : -zero_of(format);
  for (int64_t g = from; g < to; g++) {
    const uint8_t *block = w + (g >> 1) * block_bytes(format);
    const uint8_t *data = half_of(format, block, g);
    const int64_t at = g * height;
    const int32_t *a = (const int32_t *)(q->bytes + 64 * at);
    vf x[PARTS], scale[PARTS], other[PARTS];
    fetch_half(format, block, g, ahead);
    for (int h = 0; h < PARTS; h++) {
      factors_of(format, block, g, h, scale + h, other + h);
      x[h] = splat(0);
    }
    for (int piece = 0; piece < pieces; piece++) {
      vi high[PARTS], low[PARTS];
      for (int h = 0; h < PARTS; h++) high[h] = low[h] = splati(0);
#pragma GCC unroll 8
      for (int line = piece * lines; line < (piece + 1) * lines; line++) {
        for (int h = 0; h < PARTS; h++) {
          vi words[4];
          words_of(format, 1, data + 64 * line + 4 * LANES * h, words);
          for (int i = 0; i < each; i++)
            word_dot(high + h, low + h, words[i], a, each * line + i);
        }
      }
      const int32_t upper = pieces > 1 ? q->upper[at] : 0;
      const int32_t zero = fix * (piece ? upper : q->sums[at] - upper);
      for (int h = 0; h < PARTS; h++) {
        const vi whole = number_of(1, high[h], low[h]) + zero;
        x[h] += __builtin_convertvector(whole, vf) * (piece ? other[h] : scale[h]);
      }
    }
    for (int h = 0; h < PARTS; h++) {
      sums[h] += x[h] * splat(q->scales[at]);
      if (has_minima(format)) sums[h] += other[h] * splat(q->weighted[at]);
    }
  }
}

/* sums[i] += one row times the block at w[i], for `count` blocks. */
INLINE void packed_streams(int64_t format, int64_t count, const uint8_t *const *w,
                           const quantised_t *q, vf *sums) {
  for (int64_t g = 0; g < q->groups; g += 2)
    for (int64_t i = 0; i < count; i++)
      single_groups(AHEAD, format, w[i], q, 1, g, g + 2, sums + i * PARTS);
}

static void packed_abreast(int64_t format, int64_t count, const uint8_t *const *w,
                           const quantised_t *q, vf *sums) {
  for (int64_t i = 0; i < count * PARTS; i++) sums[i] = splat(0);
  switch (format) {
    case INT4: packed_streams(INT4, count, w, q, sums); break;
    case INT4_OFFSET: packed_streams(INT4_OFFSET, count, w, q, sums); break;
    case INT8: packed_streams(INT8, count, w, q, sums); break;
    case INT8_OFFSET: packed_streams(INT8_OFFSET, count, w, q, sums); break;
    default: packed_streams(INT8_HALF, count, w, q, sums);
  }
}

/* Up to FEW_ROWS rows of a tile are multiplied, FEW_ABREAST at a time, by each number of the weight
   when it is unpacked; more of them by numbers that are unpacked to memory, which is faster sooner
   with 16 registers or two scales for a group. */
#define FEW_ROWS(format) (PAIRS || (LANES == 16 && !has_halves(format)) ? 6 : 1)
#define FEW_ABREAST 4
#define SHARING (PARTS > 1 ? 2 : 1) /* vectors of outputs that share a number's copies in a register */

/* x[i * count + r] = vectors `part` + i of group g of a block times row r of a tile from place `at`
   on, without the row's scales. */
INLINE void few_dots(int64_t format, int count, const uint8_t *block, const quantised_t *q,
                     int64_t at, int64_t g, int part, const vf *scale, const vf *other, vf *x) {
  const int pieces = 1 + has_halves(format), each = words_in(format, 1);
  const int lines = values_of(format) / 128 / pieces;
  const int32_t fix = centred(format) ? 0 : -zero_of(format);
  const uint8_t *data = half_of(format, block, g) + 4 * LANES * part;
  const int32_t *a = (const int32_t *)(q->bytes + 64 * at);
  for (int i = 0; i < count * SHARING; i++) x[i] = splat(0);
  for (int piece = 0; piece < pieces; piece++) {
    vi high[FEW_ABREAST * SHARING], low[FEW_ABREAST * SHARING];
    for (int i = 0; i < count * SHARING; i++) {
      const int32_t upper = pieces > 1 ? q->upper[at + i % count] : 0;
      high[i] = splati(0);
      low[i] = splati(fix * (piece ? upper : q->sums[at + i % count] - upper));
    }
#pragma GCC unroll 8
    for (int line = piece * lines; line < (piece + 1) * lines; line++) {
      vi words[SHARING][4];
      for (int h = 0; h < SHARING; h++)
        words_of(format, 1, data + 64 * line + 4 * LANES * h, words[h]);
      for (int t = 0; t < each; t++)
        for (int r = 0; r < count; r++)
          for (int h = 0; h < SHARING; h++)
            word_dot(high + h * count + r, low + h * count + r, words[h][t], a + 16 * r,
                     each * line + t);
    }
    for (int i = 0; i < count * SHARING; i++)
      x[i] += __builtin_convertvector(number_of(1, high[i], low[i]), vf) *
              (piece ? other : scale)[i / count];
  }
}

/* The same for `count` rows of a tile from place `at` of its first group on; sums [count][PARTS]. */
INLINE void few_groups(int64_t format, int count, const uint8_t *w, const quantised_t *q, int64_t at,
                       int64_t from, int64_t to, vf *sums) {
  at += from * TILE;
  for (int64_t g = from; g < to; g++, at += TILE) {
    const uint8_t *block = w + (g >> 1) * block_bytes(format);
    fetch_half(format, block, g, AHEAD);
    for (int part = 0; part < PARTS; part += SHARING) {
      vf x[FEW_ABREAST * SHARING], scale[SHARING], other[SHARING];
      for (int h = 0; h < SHARING; h++)
        factors_of(format, block, g, part + h, scale + h, other + h);
      few_dots(format, count, block, q, at, g, part, scale, other, x);
      for (int i = 0; i < count * SHARING; i++) {
        vf *sum = sums + i % count * PARTS + part + i / count;
        *sum += x[i] * splat(q->scales[at + i % count]);
        if (has_minima(format)) *sum += other[i / count] * splat(q->weighted[at + i % count]);
      }
    }
  }
}

INLINE void few_streams(int64_t format, int count, int64_t streams, const uint8_t *const *w,
                        const quantised_t *q, int64_t at, vf *sums) {
  for (int64_t g = 0; g < q->groups; g += 2)
    for (int64_t i = 0; i < streams; i++)
      few_groups(format, count, w[i], q, at, g, g + 2, sums + i * FEW_ABREAST * PARTS);
}

INLINE void few_format(int64_t format, int count, int64_t streams, const uint8_t *const *w,
                       const quantised_t *q, int64_t at, vf *sums) {
  switch (count) {
    case 1: few_streams(format, 1, streams, w, q, at, sums); break;
    case 2: few_streams(format, 2, streams, w, q, at, sums); break;
    case 3: few_streams(format, 3, streams, w, q, at, sums); break;
    default: few_streams(format, 4, streams, w, q, at, sums);
  }
}

/* sums[i * FEW_ABREAST + r] += row r of `count` in a tile, from place `at` of its first group on,
   times the block at w[i], for `streams` blocks. */
static void few_abreast(int64_t format, int count, int64_t streams, const uint8_t *const *w,
                        const quantised_t *q, int64_t at, vf *sums) {
  for (int64_t i = 0; i < streams * FEW_ABREAST * PARTS; i++) sums[i] = splat(0);
  switch (format) {
    case INT4: few_format(INT4, count, streams, w, q, at, sums); break;
    case INT4_OFFSET: few_format(INT4_OFFSET, count, streams, w, q, at, sums); break;
    case INT8: few_format(INT8, count, streams, w, q, at, sums); break;
    case INT8_OFFSET: few_format(INT8_OFFSET, count, streams, w, q, at, sums); break;
    default: few_format(INT8_HALF, count, streams, w, q, at, sums);
  }
}

/* Vectors of outputs multiplied by a tile of rows together, so that each number of a row is read
   once for all of them, and the blocks that contain them. */
#define SIDE (LANES == 4 ? 4 : 2)
#define SIDE_BLOCKS (SIDE / PARTS)
#define TILE_SUMS (TILE * PARTS)
#define LAID 16 /* groups that are unpacked at a time, to fit the L1 cache */
#define FEW (LANES == 16 ? 2 : 4) /* the same for a single tile, so that prefetching goes on meanwhile */

/* A group of LANES outputs. */
typedef struct {
  vi words[8 * (1 + PAIRS)];
  vf scale, other;
} laid_t;

INLINE void lay_block(int64_t format, int wide, const uint8_t *w, int64_t from, int64_t to,
                      laid_t *laid) {
  for (int64_t g = from; g < to; g++, laid++) {
    const uint8_t *block = w + (g >> 1) * block_bytes(format);
    const uint8_t *data = half_of(format, block, g);
    fetch_half(format, block, g, AHEAD);
    for (int h = 0; h < PARTS; h++) {
      laid_t *part = laid + LAID * h;
      for (int t = 0; t < values_of(format) / 128; t++)
        words_of(format, wide, data + 64 * t + 4 * LANES * h,
                 part->words + words_in(format, wide) * t);
      factors_of(format, block, g, h, &part->scale, &part->other);
    }
  }
}

/* Groups `from` to `to` of a block, [PARTS][LAID]. */
INLINE void lay_format(int64_t format, int wide, const uint8_t *w, int64_t from, int64_t to,
                       laid_t *laid) {
  switch (format) {
    case INT4: lay_block(INT4, wide, w, from, to, laid); break;
    case INT4_OFFSET: lay_block(INT4_OFFSET, wide, w, from, to, laid); break;
    case INT8: lay_block(INT8, wide, w, from, to, laid); break;
    case INT8_OFFSET: lay_block(INT8_OFFSET, wide, w, from, to, laid); break;
    default: lay_block(INT8_HALF, wide, w, from, to, laid);
  }
}

static void lay(int64_t format, int wide, const uint8_t *w, int64_t from, int64_t to,
                laid_t *laid) {
  if (wide || !PAIRS) {
    lay_format(format, 1, w, from, to, laid);
  } else {
    lay_format(format, 0, w, from, to, laid);
  }
}

/* Initial values of the sums of `groups` groups of a tile's rows, which account for the zero
   point: one per part with a scale of its own. */
static void begin_sums(int64_t format, const quantised_t *q, int64_t at, int64_t groups,
                       vi (*zeros)[TILE / LANES * LAID]) {
  const int32_t fix = centred(format) ? 0 : -zero_of(format);
  for (int64_t i = 0; i < groups * TILE / LANES; i++) {
    const vi all = *(const vi_any *)(q->sums + at + LANES * i);
    const vi upper = has_halves(format) ? *(const vi_any *)(q->upper + at + LANES * i) : splati(0);
    zeros[0][i] = fix * (all - upper);
    zeros[1][i] = fix * upper;
  }
}

/* How many rows' sums are kept in registers at the same time. Where bytes are multiplied in
   pairs latency isn't the limit, and the registers hold weights instead. */
#define MOST_ABREAST 16
#define BY_TWOS(wide) (PAIRS && !(wide))
#define SUMS_OF(wide) (1 + ((wide) && !PAIRS))
#define ROWS_ABREAST(side, wide) \
  (BY_TWOS(wide) ? 1 : (LANES == 8 || !(wide) ? MOST_ABREAST / 2 : MOST_ABREAST) / ((side) * SUMS_OF(wide)))

/* `rows` rows of a tile from place `at` on times `groups` groups of `side` vectors of outputs. */
INLINE void laid_rows(int64_t format, int wide, int side, int rows, const laid_t *laid,
                      const quantised_t *q, int64_t at, int64_t groups,
                      const int32_t (*zeros)[TILE * LAID], vf **to) {
  const int abreast = ROWS_ABREAST(side, wide);
  const int pieces = 1 + has_halves(format), apart = LAID * sizeof(laid_t) / sizeof(vi);
  vf sums[TILE];
  for (int i = 0; i < rows * side; i++) sums[i] = to[i % side][i / side * PARTS];
  for (int64_t g = 0; g < groups; g++, laid++, at += TILE) {
    for (int r = 0; r < rows; r += abreast) {
      vf *own = sums + r * side;
      for (int piece = 0; piece < pieces; piece++) {
        vi high[MOST_ABREAST], low[MOST_ABREAST];
        for (int i = 0; i < abreast * side; i++) {
          high[i] = splati(0);
          low[i] = splati(zeros[piece][TILE * g + r + i / side]);
        }
        const int words = (8 << in_pairs(wide)) / pieces;
        whole_dots(wide, words, side, abreast, laid->words + words * piece, apart,
                   (const int32_t *)(q->bytes + 64 * (at + r)) + words * piece, high, low);
        for (int i = 0; i < abreast * side; i++) {
          const laid_t *weights = laid + LAID * (i % side);
          const vi whole = number_of(wide, high[i], low[i]);
          own[i] += __builtin_convertvector(whole, vf) * (piece ? weights->other : weights->scale) *
                    splat(q->scales[at + r + i / side]);
        }
      }
      for (int i = 0; has_minima(format) && i < abreast * side; i++)
        own[i] += laid[LAID * (i % side)].other * splat(q->weighted[at + r + i / side]);
    }
  }
  for (int i = 0; i < rows * side; i++) to[i % side][i / side * PARTS] = sums[i];
}

/* Sums of a vector of outputs are PARTS apart, those of blocks `apart`. */
INLINE void laid_tile(int64_t format, int wide, int vectors, const laid_t *laid,
                      const quantised_t *q, int64_t at, int64_t count, int64_t groups,
                      const int32_t (*zeros)[TILE * LAID], int64_t apart, vf *sums) {
  const int side = BY_TWOS(wide) ? 1 : vectors;
  const int rows = BY_TWOS(wide) ? (int)count : ROWS_ABREAST(side, wide);
  for (int64_t r = 0; r < count; r += rows) {
    for (int first = 0; first < vectors; first += side) {
      vf *to[SIDE];
      for (int i = 0; i < side; i++)
        to[i] = sums + r * PARTS + (first + i) / PARTS * apart + (first + i) % PARTS;
      laid_rows(format, wide, side, rows, laid + LAID * first, q, at + r, groups,
                (const int32_t(*)[TILE * LAID])(zeros[0] + r), to);
    }
  }
}

/* Same as takesBytes in Java: sums of two products of full bytes overflow 16 bits. */
INLINE int takes_bytes(int64_t format) { return !PAIRS || format <= INT4_OFFSET; }

#define LAID_TILE(format, wide, vectors) \
  laid_tile(format, wide, vectors, laid, q, at, count, groups, zeros, apart, sums)
#define LAID_SIDES(format, wide)        \
  if (blocks * PARTS == SIDE) {         \
    LAID_TILE(format, wide, SIDE);      \
  } else {                              \
    LAID_TILE(format, wide, PARTS);     \
  }
#define LAID_FORMAT(format)             \
  if (q->narrow && takes_bytes(format)) {\
    LAID_SIDES(format, 0)               \
  } else {                              \
    LAID_SIDES(format, 1)               \
  }                                     \
  break

/* sums[r] += `groups` groups of `blocks` unpacked blocks times those of row r of a tile, which
   begins at `at`, for `count` rows. Unused rows of a tile hold zeros or old data, and their sums
   aren't read. Not inlined, because compilers then run out of registers. */
static __attribute__((noinline)) void laid_format(int64_t format, int64_t blocks,
                                                  const laid_t *laid, const quantised_t *q,
                                                  int64_t at, int64_t count, int64_t groups,
                                                  int64_t apart, vf *sums) {
  vi all[2][TILE / LANES * LAID];
  begin_sums(format, q, at, groups, all);
  const int32_t(*zeros)[TILE * LAID] = (const int32_t(*)[TILE * LAID])all;
  switch (format) {
#if PAIRS
    case INT4: LAID_FORMAT(INT4);
    case INT8: LAID_FORMAT(INT8);
    case INT4_OFFSET: LAID_FORMAT(INT4_OFFSET);
    case INT8_OFFSET: LAID_FORMAT(INT8_OFFSET);
#else
    /* The same code, once unpacked to bytes. */
    case INT4:
    case INT8: LAID_FORMAT(INT8);
    case INT4_OFFSET:
    case INT8_OFFSET: LAID_FORMAT(INT8_OFFSET);
#endif
    default: LAID_FORMAT(INT8_HALF);
  }
}

/* sums += groups `from` to `to` of `blocks` blocks, `bytes` apart, times `rows` rows from the
   beginning of tile `tile` on. */
static void laid_blocks(int64_t format, const uint8_t *w, int64_t bytes, int64_t blocks,
                        const quantised_t *q, int64_t tile, int64_t rows, int64_t from, int64_t to,
                        vf *sums, int64_t apart) {
  laid_t laid[SIDE * LAID];
  const int64_t most = rows > TILE ? LAID : FEW;
  for (int64_t g = from; g < to; g += most) {
    const int64_t end = least(to, g + most);
    for (int64_t i = 0; i < blocks; i++)
      lay(format, !q->narrow, w + i * bytes, g, end, laid + LAID * PARTS * i);
    for (int64_t r = 0; r < rows; r += TILE)
      laid_format(format, blocks, laid, q, ((tile + r / TILE) * q->groups + g) * TILE,
                  least(TILE, rows - r), end - g, apart, sums + r * PARTS);
  }
}

/* The same, with sums reset where `from` is 0, and with AMX where that is faster. */
static void packed_sums(int64_t format, const uint8_t *w, int64_t bytes, int64_t blocks,
                        const quantised_t *q, int64_t tile, int64_t rows, int64_t from, int64_t to,
                        vf *sums, int64_t apart) {
  int64_t done = 0;
  for (int64_t i = 0; i < blocks; i++) {
    vf *own = sums + i * apart;
    if (from == 0) memset(own, 0, (size_t)up_to(rows, TILE) * PARTS * sizeof(vf));
    done = TILE * amx_tiles(format, w + i * bytes, q, tile, rows, from, to, own);
  }
  if (done < rows)
    laid_blocks(format, w, bytes, blocks, q, tile + done / TILE, rows - done, from, to,
                sums + done * PARTS, apart);
}
