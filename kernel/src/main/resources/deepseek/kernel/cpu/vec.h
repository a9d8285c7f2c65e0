/* Vectors of the processor's width: LANES numbers of 32 bits. */
#include <stdint.h>
#include <string.h>
#include <time.h>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#if defined(__AVX512F__)
#define LANES 16
#define LANE ((vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#elif defined(__AVX2__)
#define LANES 8
#define LANE ((vi){0, 1, 2, 3, 4, 5, 6, 7})
#else
#define LANES 4
#define LANE ((vi){0, 1, 2, 3})
#endif

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef float vf_any __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t vi_any __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint16_t vs __attribute__((vector_size(4 * LANES)));
typedef uint16_t vh __attribute__((vector_size(2 * LANES)));
typedef uint16_t vh_any __attribute__((vector_size(2 * LANES), aligned(2)));
typedef int8_t vb __attribute__((vector_size(LANES)));

INLINE vf splat(float x) { return x - (vf){}; }
INLINE vi splati(int32_t x) { return x - (vi){}; }
INLINE vf load(const float *p) { return *(const vf_any *)p; }
INLINE void store(float *p, vf x) { *(vf_any *)p = x; }
INLINE vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
INLINE vf maximum(vf a, vf b) { return choose(a > b, a, b); }
/* Both keep NaN. */
INLINE vf at_most(vf x, float most) {
#if defined(__AVX512F__)
  return (vf)_mm512_min_ps((__m512)splat(most), (__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_min_ps((__m256)splat(most), (__m256)x);
#else
  return choose(x > most, splat(most), x);
#endif
}
INLINE vf at_least(vf x, float least) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)splat(least), (__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_max_ps((__m256)splat(least), (__m256)x);
#else
  return choose(x < least, splat(least), x);
#endif
}
INLINE vf absolute(vf x) { return (vf)((vi)x & 0x7fffffff); }

INLINE float sum(vf x) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)x);
#elif defined(__AVX2__)
  __m128 y = _mm_add_ps(_mm256_castps256_ps128((__m256)x), _mm256_extractf128_ps((__m256)x, 1));
  y = _mm_add_ps(y, _mm_movehl_ps(y, y));
  return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
#else
  return (x[0] + x[2]) + (x[1] + x[3]);
#endif
}

INLINE int32_t sum_int(vi x) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_epi32((__m512i)x);
#else
  int32_t s = 0;
  for (int i = 0; i < LANES; i++) s += x[i];
  return s;
#endif
}

/* The sums of two vectors. */
INLINE void sum_ints(vi x, vi y, int32_t *of_x, int32_t *of_y) {
#if defined(__AVX512F__)
  const __m512i a = (__m512i)x, b = (__m512i)y;
  __m512i both = _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x44), _mm512_shuffle_i32x4(a, b, 0xee));
  both = _mm512_add_epi32(both, _mm512_shuffle_i32x4(both, both, 0xb1));
  both = _mm512_add_epi32(both, _mm512_shuffle_epi32(both, 0x4e));
  both = _mm512_add_epi32(both, _mm512_shuffle_epi32(both, 0xb1));
  *of_x = _mm_cvtsi128_si32(_mm512_castsi512_si128(both));
  *of_y = _mm_cvtsi128_si32(_mm512_extracti32x4_epi32(both, 2));
#else
  *of_x = sum_int(x);
  *of_y = sum_int(y);
#endif
}

INLINE float largest(vf x) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)x);
#else
  float m = x[0];
  for (int i = 1; i < LANES; i++) m = x[i] > m ? x[i] : m;
  return m;
#endif
}

INLINE int32_t largest_int(vi x) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_epi32((__m512i)x);
#else
  int32_t m = x[0];
  for (int i = 1; i < LANES; i++) m = x[i] > m ? x[i] : m;
  return m;
#endif
}

INLINE float half_to_float(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff, bits;
  if (rest >= 0x7c00) {
    bits = sign | 0x7f800000 | (rest & 0x3ff) << 13;
  } else if (rest >= 0x400) {
    bits = sign | ((rest << 13) + 0x38000000);
  } else {
    float tiny = (float)rest * 0x1p-24f;
    memcpy(&bits, &tiny, 4);
    bits |= sign;
  }
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

/* Rounds to nearest, ties to even. */
INLINE uint16_t float_to_half(float f) {
#if defined(__F16C__)
  return _cvtss_sh(f, 0);
#else
  uint32_t x;
  memcpy(&x, &f, 4);
  uint32_t sign = x >> 16 & 0x8000;
  x &= 0x7fffffff;
  if (x > 0x7f800000) return sign | 0x7e00;
  if (x >= 0x477ff000) return sign | 0x7c00;
  if (x < 0x38800000) {
    float a;
    memcpy(&a, &x, 4);
    a += 0.5f;
    memcpy(&x, &a, 4);
    return sign | (x - 0x3f000000);
  }
  return sign | ((x + 0xfff + (x >> 13 & 1) - 0x38000000) >> 13);
#endif
}

/* Loads bytes as integers, unsigned and signed. */
#if defined(__AVX512F__)
INLINE vi widened(const uint8_t *p) {
  return (vi)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
}
INLINE vi widened_signed(const uint8_t *p) {
  return (vi)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p));
}
#elif defined(__AVX2__)
INLINE vi widened(const uint8_t *p) {
  return (vi)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
}
INLINE vi widened_signed(const uint8_t *p) {
  return (vi)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p));
}
#else
INLINE vi widened(const uint8_t *p) { return (vi){p[0], p[1], p[2], p[3]}; }
INLINE vi widened_signed(const uint8_t *p) {
  return (vi){(int8_t)p[0], (int8_t)p[1], (int8_t)p[2], (int8_t)p[3]};
}
#endif

INLINE vf load_half(const uint16_t *p) {
#if defined(__AVX512F__)
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(__AVX2__) && defined(__F16C__)
  return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#elif defined(__aarch64__)
  return (vf)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
#else
  vf x;
  for (int i = 0; i < LANES; i++) x[i] = half_to_float(p[i]);
  return x;
#endif
}

INLINE vf load_bfloat(const uint16_t *p) {
#if defined(__AVX512F__)
  return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16);
#elif defined(__AVX2__)
  return (vf)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16);
#else
  return (vf)(__builtin_convertvector(*(const vh_any *)p, vu) << 16);
#endif
}

/* Rounds to nearest, ties to even; NaN stays NaN. */
INLINE void store_bfloat(uint16_t *p, vf x) {
  vu bits = (vu)x;
  vu rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  vi nan = x != x;
  rounded = (vu)(((vi)rounded & ~nan) | (nan & 0x7fc0));
  *(vh_any *)p = __builtin_convertvector(rounded, vh);
}

INLINE void store_half(uint16_t *p, vf x) {
#if defined(__AVX512F__)
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph((__m512)x, 0));
#elif defined(__AVX2__) && defined(__F16C__)
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph((__m256)x, 0));
#else
  for (int i = 0; i < LANES; i++) p[i] = float_to_half(x[i]);
#endif
}

/* e^x within 2 ulp; less than 1e-37 below -87, e^88 above 88, NaN for NaN. */
INLINE vf exponential(vf x) {
  const vf given = x;
  x = at_least(at_most(x, 88.0f), -87.0f);
  const vf shifted = x * 1.44269504f + 12582912.0f;
  const vf whole = shifted - 12582912.0f;
  vf r = x - whole * 0.693359375f;
  r = r - whole * -2.12194440e-4f;
  vf y = r * 1.9875691500e-4f + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * r * r + r + 1.0f;
#if defined(__AVX512F__)
  (void)given;
  return (vf)_mm512_scalef_ps((__m512)y, (__m512)whole);
#else
  y = choose(given < -87.0f, splat(0), (vf)((vi)y + ((vi)shifted << 23)));
  return choose(given != given, given, y);
#endif
}

/* x / (1 + e^-x). */
INLINE vf silu(vf x) { return x / (1.0f + exponential(-x)); }

INLINE vf hyperbolic_tangent(vf x) {
  vf e = exponential(-2.0f * absolute(x));
  vf t = (1.0f - e) / (1.0f + e);
  return (vf)((vi)t | ((vi)x & (int32_t)0x80000000));
}

INLINE vf gelu_tanh(vf x) {
  return 0.5f * x * (1.0f + hyperbolic_tangent(0.7978845608f * (x + 0.044715f * x * x * x)));
}

/* The error function within 3e-7, as x P(x^2) / Q(x^2) up to where it is 1 in float32. */
INLINE vf error_function(vf x) {
  x = at_least(at_most(x, 3.8325069f), -3.8325069f);
  const vf s = x * x;
  vf p = s * 2.2905065861e-4f + 3.4082910107e-3f;
  p = p * s + 5.0955695062e-2f;
  p = p * s + 1.8520832240e-1f;
  p = p * s + 1.1283791435f;
  vf q = s * -1.1791602954e-7f + 2.3547966471e-5f;
  q = q * s + 1.0179625279e-3f;
  q = q * s + 1.4070470171e-2f;
  q = q * s + 1.1098505178e-1f;
  q = q * s + 4.9746925110e-1f;
  q = q * s + 1.0f;
  return x * p / q;
}

INLINE vf gelu(vf x) { return 0.5f * x * (1.0f + error_function(0.7071067812f * x)); }

#if defined(__clang__)
#define SHUFFLE2(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE2(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#endif

/* Interleaves the lower and the upper halves of two vectors. */
#if LANES == 16
#define FIRST 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define FIRST 0, 8, 1, 9, 2, 10, 3, 11
#define LAST 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST 0, 4, 1, 5
#define LAST 2, 6, 3, 7
#endif

/* Transposes LANES vectors in log2(LANES) rounds, each of which rotates the bits of the indices
   by one. */
INLINE void transpose(vf *x) {
  vf y[LANES];
  for (int bit = 1; bit < LANES; bit *= 2) {
    for (int i = 0; i < LANES / 2; i++) {
      y[2 * i] = SHUFFLE2(x[i], x[i + LANES / 2], FIRST);
      y[2 * i + 1] = SHUFFLE2(x[i], x[i + LANES / 2], LAST);
    }
    for (int i = 0; i < LANES; i++) x[i] = y[i];
  }
}

#if defined(__AVX2__) && !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
#define PAIRS 1 /* 16-bit numbers are multiplied in pairs, since sums of byte products saturate */

/* Stores 16-bit numbers, with the second and third of each four swapped. */
INLINE void store_pairs(uint16_t *p, vi x) {
#if defined(__AVX512F__)
  x = (vi)_mm512_shuffle_epi32((__m512i)x, 0xd8);
#else
  x = (vi)_mm256_shuffle_epi32((__m256i)x, 0xd8);
#endif
  *(vh_any *)p = __builtin_convertvector(x, vh);
}

/* Adds to each lane the dot product of two pairs of 16-bit numbers. */
INLINE vi dot2(vi sum, vi w, int32_t pair) {
#if defined(__AVX512F__)
  return sum + (vi)_mm512_madd_epi16((__m512i)w, _mm512_set1_epi32(pair));
#else
  return sum + (vi)_mm256_madd_epi16((__m256i)w, _mm256_set1_epi32(pair));
#endif
}

/* Adds products of bytes in pairs to 16-bit sums, and adds pairs of those. The sums can hold 32
   bytes below 16. */
INLINE vi add_pairs(vi sums, vi unsigned_bytes, int32_t signed_bytes) {
#if defined(__AVX512F__)
  return (vi)_mm512_add_epi16((__m512i)sums, _mm512_maddubs_epi16((__m512i)unsigned_bytes,
                                                                  _mm512_set1_epi32(signed_bytes)));
#else
  return (vi)_mm256_add_epi16((__m256i)sums, _mm256_maddubs_epi16((__m256i)unsigned_bytes,
                                                                  _mm256_set1_epi32(signed_bytes)));
#endif
}

INLINE vi sum_pairs(vi sums) {
#if defined(__AVX512F__)
  return (vi)_mm512_madd_epi16((__m512i)sums, _mm512_set1_epi16(1));
#else
  return (vi)_mm256_madd_epi16((__m256i)sums, _mm256_set1_epi16(1));
#endif
}
#else
#define PAIRS 0
INLINE void store_pairs(uint16_t *p, vi x) { *(vh_any *)p = __builtin_convertvector(x, vh); }

/* Adds to each lane the dot product of its four unsigned bytes and four signed ones; the unsigned
   ones are below 128 where the processor multiplies signed ones only: CENTRES. */
INLINE vi dot4(vi sum, vi unsigned_bytes, int32_t signed_bytes) {
#if defined(__AVX512VNNI__)
  return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)unsigned_bytes,
                                 _mm512_set1_epi32(signed_bytes));
#elif defined(__AVXVNNI__)
  return (vi)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)unsigned_bytes,
                                     _mm256_set1_epi32(signed_bytes));
#elif defined(__ARM_FEATURE_DOTPROD)
  return (vi)vdotq_s32((int32x4_t)sum, (int8x16_t)unsigned_bytes,
                       vreinterpretq_s8_s32(vdupq_n_s32(signed_bytes)));
#else
  for (int i = 0; i < 4; i++)
    sum += ((unsigned_bytes >> 8 * i) & 0xff) * (int32_t)(int8_t)(signed_bytes >> 8 * i);
  return sum;
#endif
}
#endif

#if defined(__ARM_FEATURE_DOTPROD)
#define CENTRES 1
#else
#define CENTRES 0
#endif
