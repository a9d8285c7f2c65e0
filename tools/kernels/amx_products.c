/* Products of many rows in all formats and awkward shapes, after the kernels' own C. Numbers are made
   here and not by the kernels, so that each instruction set multiplies the same ones.
   `run FILE` writes what they come to, `compare A B` holds two such files against each other. */
#include <math.h>
#include "amx_emulator.h"

static uint32_t random_state;

static uint32_t random_bits(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

static float random_number(void) { return (float)random_bits() / (float)(1 << 23) - 1.0f; }

static void *claim(size_t bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }

static const char *const NAMES[] = {"int4", "int4-offset", "int8", "int8-offset", "int8-half", "bf16"};

typedef struct {
  int32_t format, after, narrow, rows, in, out, first, count;
} case_t;

/* All blocks of a packed weight: any values that its format has. */
static uint8_t *packed_weight(int64_t format, int64_t in, int64_t out) {
  const int64_t bytes = block_bytes(format), count = up_to(out, 16) / 16 * up_to(in, 64) / 64;
  const int64_t values = format <= INT4_OFFSET ? 512 : 1024;
  uint8_t *all = claim((size_t)(count * bytes));
  for (int64_t b = 0; b < count; b++) {
    for (int64_t i = 0; i < values; i++) {
      const uint32_t bits = random_bits() >> 8;
      all[b * bytes + i] = (uint8_t)(format == INT8_OFFSET           ? bits & 127
                                     : format <= INT4_OFFSET || bits & 255 ? bits
                                                                           : 1);
    }
    for (int64_t i = values; i < bytes; i += 2) {
      const uint16_t half = float_to_half(random_number() * 0.01f);
      memcpy(all + b * bytes + i, &half, 2);
    }
  }
  return all;
}

/* Rows in whole numbers; what nobody may read is random too. */
static quantised_t random_rows(int64_t tiles, int64_t in, int narrow) {
  const int64_t groups = up_to(in, 64) / 32, places = tiles * TILE * groups;
  quantised_t q = {claim((size_t)places * 64), claim((size_t)places * 4), claim((size_t)places * 4),
                   claim((size_t)places * 4),  claim((size_t)places * 4), groups, 0, narrow};
  for (int64_t at = 0; at < places; at++) {
    int32_t sums[2] = {0, 0};
    for (int i = 0; i < 64; i++) {
      const int is_there = at / TILE % groups * 32 + i % 32 < in;
      const int byte = (int)(random_bits() >> 4 & 255) - 128;
      q.bytes[64 * at + i] = (int8_t)(!is_there ? 0 : byte < -127 ? -127 : byte);
    }
    for (int i = 0; i < 32; i++) {
      const int8_t *both = q.bytes + 64 * at + i;
      sums[i / 16] += narrow ? both[0] : both[0] * 256 + both[32];
    }
    q.scales[at] = random_number() * (narrow ? 0x1p-7f : 0x1p-15f);
    q.sums[at] = sums[0] + sums[1];
    q.upper[at] = sums[1];
    q.weighted[at] = q.scales[at] * (float)q.sums[at];
  }
  return q;
}

static float *random_floats(int64_t count, float size) {
  float *all = claim((size_t)count * 4);
  for (int64_t i = 0; i < count; i++) all[i] = random_number() * size;
  return all;
}

static uint8_t *plain_weight(int64_t in, int64_t out) {
  uint16_t *all = claim((size_t)(in * out) * 2);
  for (int64_t i = 0; i < in * out; i++) {
    const float x = random_number();
    uint32_t bits;
    memcpy(&bits, &x, 4);
    all[i] = (uint16_t)(bits >> 16);
  }
  return (uint8_t *)all;
}

static void run_case(const case_t *c, FILE *to) {
  const int packed = c->format <= INT8_HALF;
  const int64_t stride = up_to(c->out, 16), blocks = stride / 16, last = c->first + c->rows;
  random_state = (uint32_t)(c->format + 7 * c->rows + 1000 * c->in);
  uint8_t *w = packed ? packed_weight(c->format, c->in, c->out) : plain_weight(c->in, c->out);
  uint8_t *second = packed ? packed_weight(c->format, c->in, c->out) : plain_weight(c->in, c->out);
  float *bias = random_floats(stride, 0.1f), *other = random_floats(stride, 0.1f);
  float *x = random_floats(last * c->in, 1), *y = random_floats(last * stride, 1);
  quantised_t q = random_rows(up_to(last, TILE) / TILE, c->in, c->narrow);
  const product_t op = {1, c->after, SILU, {x, c->in, 0}, q,
                        {{{c->format, w, c->in, c->out}, second, bias, other, {y, stride, 0}, blocks}}};
  const step_t step = {.rows = last};
  /* In two chunks; experts' rows begin with a tile of their own. */
  for (int64_t begin = 0, end = 1; begin < blocks; begin = end, end = blocks) {
    if (c->first) {
      packed_tiles(&op, &q, &op.part[0], c->first / TILE, c->rows, begin, end);
    } else {
      product(&op, &step, begin, end, 0);
    }
  }
  case_t written = *c;
  written.count = (int32_t)(last * stride);
  fwrite(&written, sizeof written, 1, to);
  fwrite(y, 4, (size_t)written.count, to);
  void *all[] = {w, second, bias, other, x, y, q.bytes, q.scales, q.weighted, q.sums, q.upper};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static int run(const char *file) {
  FILE *to = fopen(file, "wb");
  amx_emulate();
  for (int format = INT4; format <= BF16; format++) {
    for (int narrow = 0; narrow <= (format < BF16); narrow++) {
      /* Single rows have 16 bits either way. */
      const int each = format == INT4 || format == BF16 ? 1 : 3;
      for (int rows = 1 + narrow; rows <= 70; rows += each)
        run_case(&(case_t){format, rows % 3, narrow, rows, 33 + rows * 5 % 96, 34, 0, 0}, to);
      /* More columns than all blocks meet before the next ones, more tiles than a block does. */
      run_case(&(case_t){format, STORE, narrow, 40, 2100, 20, 0, 0}, to);
      run_case(&(case_t){format, GATED, narrow, 150, 2117, 20, 0, 0}, to);
      if (format < BF16) {
        run_case(&(case_t){format, ADD, narrow, 37, 200, 50, 32, 0}, to);
      } else { /* more rows and more blocks than there is room for */
        run_case(&(case_t){format, GATED, narrow, 173, 140, 290, 0, 0}, to);
        run_case(&(case_t){format, STORE, narrow, 450, 130, 290, 0, 0}, to);
      }
    }
  }
  fprintf(stderr, "%lld instructions emulated\n", (long long)amx_done);
  return fclose(to) != 0;
}

/* Whole numbers are multiplied exactly and summed in one order, so only the roundings of fused
   multiplications may differ; of a bfloat16 product's rows 2^-17 is lost. */
static int compare(const char *left, const char *right) {
  FILE *a = fopen(left, "rb"), *b = fopen(right, "rb");
  case_t c, d;
  int64_t wrong = 0, products[6] = {0}, numbers[6] = {0};
  double worst[6] = {0};
  while (fread(&c, sizeof c, 1, a) == 1) {
    if (fread(&d, sizeof d, 1, b) != 1 || memcmp(&c, &d, sizeof c)) return 1;
    float *x = claim((size_t)c.count * 4), *y = claim((size_t)c.count * 4);
    const size_t count = (size_t)c.count;
    if (fread(x, 4, count, a) != count || fread(y, 4, count, b) != count) return 1;
    double square = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
      const double off = fabs((double)x[i] - (double)y[i]);
      square += (double)x[i] * x[i];
      most = off > most || off != off ? off : most;
    }
    most /= sqrt(square / (double)count) + 1e-30;
    worst[c.format] = most > worst[c.format] || most != most ? most : worst[c.format];
    products[c.format]++;
    numbers[c.format] += c.count;
    if (!(most <= (c.format == BF16 ? 1e-4 : 1e-5))) {
      wrong++;
      printf("%s, after %d, %d bits, rows %d, in %d, out %d: off by %.2g\n", NAMES[c.format], c.after,
             c.narrow ? 8 : 16, c.rows, c.in, c.out, most);
    }
    free(x);
    free(y);
  }
  for (int f = 0; f < 6; f++)
    printf("  %-12s %3d products, %7d numbers, off by %.1e of their size at most\n", NAMES[f],
           (int)products[f], (int)numbers[f], worst[f]);
  return wrong > 0 || products[0] == 0 || fread(&d, sizeof d, 1, b) != 0;
}

int main(int count, char **arguments) {
  if (count == 3 && strcmp(arguments[1], "run") == 0) return run(arguments[2]);
  if (count == 4 && strcmp(arguments[1], "compare") == 0) return compare(arguments[2], arguments[3]);
  fprintf(stderr, "run FILE, or compare FILE FILE\n");
  return 2;
}
