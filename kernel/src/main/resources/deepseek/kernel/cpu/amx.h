/* Products of whole tiles with AMX, whose tile registers hold 16 rows of 64 bytes: a tile of
   rows in the layout of quantised_t, weights in the order of their blocks, and the sums. */

/* Tiles of up to this many rows use AVX-512, 8 rows at a time, because AMX takes as long for one
   row as for 16. 16 disables AMX. */
#ifndef AMX_OVER
#define AMX_OVER 8
#endif

#if defined(__AMX_TILE__) && defined(__AMX_INT8__) && defined(__AVX512VNNI__) && AMX_OVER < 16
#define AMX_BYTES 1
#else
#define AMX_BYTES 0
#endif
#if AMX_BYTES && defined(__AMX_BF16__) && defined(__AVX512BF16__)
#define AMX_HALVES 1
#else
#define AMX_HALVES 0
#endif

#if AMX_BYTES
/* Not the compilers' intrinsics: some compilers eliminate the stores to memory that a tile is
   then loaded from, or move them after the load. */
#define TILE_LOAD(t, from, apart)                                                            \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t : : "r"(from), "r"((int64_t)(apart)) : "memory")
#define TILE_STORE(t, to, apart)                                                              \
  __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" : : "r"(to), "r"((int64_t)(apart)) : "memory")
#define TILE_ZERO(t) __asm__ volatile("tilezero %%tmm" #t : :)
/* Tile `sum` += tile `a` times tile `b`. */
#define TILE_BYTES(sum, a, b) \
  __asm__ volatile("tdpbssd %%tmm" #b ", %%tmm" #a ", %%tmm" #sum : :)
#define TILE_BFLOATS(sum, a, b) \
  __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum : :)

/* Tiles 0 to 3 are sums of 16 rows and columns, 4 and 5 are 16 rows of `words` words, 6 and 7 the
   weights for them. */
INLINE void amx_configure(int words) {
  struct {
    uint8_t palette, start, none[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } tiles __attribute__((aligned(64))) = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    tiles.bytes[t] = t == 4 || t == 5 ? 4 * words : 64;
    tiles.rows[t] = t < 6 ? TILE : words;
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(tiles) : "memory");
}

/* While tiles are in use, each context switch of the thread saves 8 KB more. */
INLINE void amx_release(void) { __asm__ volatile("tilerelease" : : : "memory"); }

/* Around amx_tiles, for a chunk of a product. */
INLINE void amx_begin(int64_t format, int64_t rows) {
  if (rows > AMX_OVER) amx_configure(format == INT8_HALF ? 4 : 8);
}

INLINE void amx_end(int64_t rows) {
  if (rows > AMX_OVER) amx_release();
}

/* Unpacks weights of groups `from` to `to` of a block to signed bytes, four columns per word. */
INLINE void amx_lay(int64_t format, const uint8_t *w, int64_t from, int64_t to, __m512i *laid) {
  const int64_t bytes = block_bytes(format);
  const __m512i nibble = _mm512_set1_epi8(15), zero = _mm512_set1_epi8((char)zero_of(format));
  for (int64_t g = from; g < to; g += 2) {
    const __m512i *lines = (const __m512i *)(w + (g >> 1) * bytes);
    if (format <= INT4_OFFSET) {
      for (int t = 0; t < 8; t++, laid += 2) {
        const __m512i upper = _mm512_srli_epi32(lines[t], 4);
        laid[0] = _mm512_sub_epi8(_mm512_and_si512(lines[t], nibble), zero);
        laid[1] = _mm512_sub_epi8(_mm512_and_si512(upper, nibble), zero);
      }
    } else {
      for (int t = 0; t < 16; t++) *laid++ = _mm512_sub_epi8(lines[t], zero);
    }
  }
}

/* Weights of two scales times a tile of rows: of 16-bit activations, products of the high bytes
   go to sums[0] and [2] and of the low bytes to [1] and [3]; 8-bit ones go to [0] and [2]. */
INLINE void amx_pair(int wide, const __m512i *w, const __m512i *w2, const int8_t *a,
                     const int8_t *a2, vi (*sums)[TILE]) {
  TILE_LOAD(6, w, 64);
  TILE_LOAD(4, a, 64);
  TILE_ZERO(0);
  TILE_BYTES(0, 4, 6);
  if (wide) {
    TILE_LOAD(5, a + 32, 64);
    TILE_ZERO(1);
    TILE_BYTES(1, 5, 6);
  }
  TILE_LOAD(7, w2, 64);
  TILE_LOAD(4, a2, 64);
  TILE_ZERO(2);
  TILE_BYTES(2, 4, 7);
  if (wide) {
    TILE_LOAD(5, a2 + 32, 64);
    TILE_ZERO(3);
    TILE_BYTES(3, 5, 7);
  }
  TILE_STORE(0, sums[0], 64);
  if (wide) TILE_STORE(1, sums[1], 64);
  TILE_STORE(2, sums[2], 64);
  if (wide) TILE_STORE(3, sums[3], 64);
}

/* sums[r] += groups `from` to `to` of the block's 16 rows of weights times those of row r of a
   tile; prefetches `ahead` bytes on, unless that is 0. */
INLINE void amx_tile(int64_t format, int wide, const uint8_t *w, const __m512i *laid,
                     const quantised_t *q, int64_t tile, int64_t from, int64_t to, int64_t ahead,
                     vf *sums) {
  const int64_t bytes = block_bytes(format);
  const int values = format <= INT4_OFFSET ? 512 : 1024;
  const int halves = format == INT8_HALF;
  const int minima = format == INT4_OFFSET || format == INT8_OFFSET;
  vi whole[4][TILE];
#define WHOLE(u, r)                                                                       \
  __builtin_convertvector(wide ? (whole[2 * (u)][r] << 8) + whole[2 * (u) + 1][r]         \
                               : whole[2 * (u)][r], vf)
  for (int64_t g = from; g < to; g += 2, laid += 16) {
    const uint8_t *block = w + (g >> 1) * bytes;
    const uint16_t *factors = (const uint16_t *)(block + values);
    for (int64_t line = 0; ahead && line < bytes; line += 64)
      __builtin_prefetch(block + ahead + line, 0, 2);
    const int64_t at = (tile * q->groups + g) * TILE;
    const int8_t *a = q->bytes + 64 * at;
    const float *scales = q->scales + at, *weighted = q->weighted + at;
    for (int h = 0; h <= halves; h++) {
      const vf scale = load_half(factors + 32 * h), scale2 = load_half(factors + 32 * h + 16);
      if (halves) {
        amx_pair(wide, laid + 8 * h, laid + 8 * h + 4, a + 64 * TILE * h, a + 64 * TILE * h + 16,
                 whole);
        for (int r = 0; r < TILE; r++)
          sums[r] += (WHOLE(0, r) * scale + WHOLE(1, r) * scale2) * splat(scales[TILE * h + r]);
        continue;
      }
      const vf minimum = minima ? load_half(factors + 32) : scale;
      const vf minimum2 = minima ? load_half(factors + 48) : scale;
      amx_pair(wide, laid, laid + 8, a, a + 64 * TILE, whole);
      for (int r = 0; r < TILE; r++) {
        vf sum = sums[r] + WHOLE(0, r) * scale * splat(scales[r]);
        if (minima) sum += minimum * splat(weighted[r]);
        sum += WHOLE(1, r) * scale2 * splat(scales[TILE + r]);
        if (minima) sum += minimum2 * splat(weighted[TILE + r]);
        sums[r] = sum;
      }
    }
  }
#undef WHOLE
}

#define AMX_FOR_FORMAT(f, wide)                                                                   \
  switch (f) {                                                                                   \
    case INT4: amx_tile(INT4, wide, w, laid, q, tile + t, from, to, ahead, own); break;           \
    case INT4_OFFSET: amx_tile(INT4_OFFSET, wide, w, laid, q, tile + t, from, to, ahead, own); break; \
    case INT8: amx_tile(INT8, wide, w, laid, q, tile + t, from, to, ahead, own); break;           \
    case INT8_OFFSET: amx_tile(INT8_OFFSET, wide, w, laid, q, tile + t, from, to, ahead, own); break; \
    default: amx_tile(INT8_HALF, wide, w, laid, q, tile + t, from, to, ahead, own);               \
  }

/* Multiplies the tiles of `rows` rows by groups `from` to `to`, DEEP at most, of a block of
   weights, except for a last tile of few rows; returns the number of tiles. */
static int64_t amx_tiles(int64_t format, const uint8_t *w, const quantised_t *q, int64_t tile,
                         int64_t rows, int64_t from, int64_t to, vf *sums) {
  const int64_t tiles = (rows + TILE - 1 - AMX_OVER) / TILE;
  if (tiles == 0) return 0;
  __m512i laid[8 * DEEP];
  amx_lay(format, w, from, to, laid);
  for (int64_t t = 0; t < tiles; t++) {
    /* The first tile prefetches the next block's weights, which arrive during the others. */
    const int64_t ahead = t == 0 ? q->groups / 2 * block_bytes(format) : 0;
    vf *own = sums + t * TILE;
    if (q->narrow) {
      AMX_FOR_FORMAT(format, 0)
    } else {
      AMX_FOR_FORMAT(format, 1)
    }
  }
  return tiles;
}
#else
INLINE void amx_begin(int64_t format, int64_t rows) {
  (void)format;
  (void)rows;
}

INLINE void amx_end(int64_t rows) { (void)rows; }

INLINE int64_t amx_tiles(int64_t format, const uint8_t *w, const quantised_t *q, int64_t tile,
                         int64_t rows, int64_t from, int64_t to, vf *sums) {
  (void)format;
  (void)w;
  (void)q;
  (void)tile;
  (void)rows;
  (void)from;
  (void)to;
  (void)sums;
  return 0;
}
#endif

#if AMX_HALVES
/* Splits `rows` rows of x, at most 16, into tiles of 32 columns [k / 32][2][16][32]: each number
   becomes the sum of two bfloat16, with a relative error of 2^-17. */
static void amx_split(const float *x, int64_t stride, int64_t rows, int64_t depth, uint16_t *to) {
  for (int64_t k = 0; k < up_to(depth, 32); k += 16) {
    const int64_t left = depth - k;
    const __mmask16 there = left >= 16 ? 0xffff : left > 0 ? (1 << left) - 1 : 0;
    uint16_t *first = to + k / 32 * 1024 + k % 32;
    for (int64_t r = 0; r < TILE; r++, first += 32) {
      const __mmask16 read = r < rows ? there : 0;
      const __m512 number = _mm512_maskz_loadu_ps(read, x + r * stride + k);
      *(__m256i *)first = (__m256i)_mm512_cvtneps_pbh(number);
      const vf high = load_bfloat(first);
      /* The remainder of an infinity is 0. */
      const __mmask16 finite =
          _mm512_cmp_ps_mask((__m512)absolute(high), (__m512)splat(__builtin_inff()), _CMP_LT_OQ);
      const __m512 rest = _mm512_maskz_sub_ps(finite, number, (__m512)high);
      *(__m256i *)(first + 512) = (__m256i)_mm512_cvtneps_pbh(rest);
    }
  }
}

/* sums[2][2][16][16] (+)= two tiles of rows times two blocks of a weight, `apart` numbers apart. */
static void amx_four(const uint16_t *x, int64_t x_apart, const uint16_t *w, int64_t w_apart,
                     int64_t depth, int more, float *sums) {
  if (more) {
    TILE_LOAD(0, sums, 64);
    TILE_LOAD(1, sums + 256, 64);
    TILE_LOAD(2, sums + 512, 64);
    TILE_LOAD(3, sums + 768, 64);
  } else {
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
  }
  for (int64_t k = 0; k < depth; k += 32, w += 512) {
    TILE_LOAD(6, w, 64);
    TILE_LOAD(7, w + w_apart, 64);
    for (int half = 0; half < 2; half++, x += 512) {
      TILE_LOAD(4, x, 64);
      TILE_BFLOATS(0, 4, 6);
      TILE_BFLOATS(1, 4, 7);
      TILE_LOAD(5, x + x_apart, 64);
      TILE_BFLOATS(2, 5, 6);
      TILE_BFLOATS(3, 5, 7);
    }
  }
  TILE_STORE(0, sums, 64);
  TILE_STORE(1, sums + 256, 64);
  TILE_STORE(2, sums + 512, 64);
  TILE_STORE(3, sums + 768, 64);
}
#endif
