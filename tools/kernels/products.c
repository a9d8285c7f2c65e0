/* Products in each format and form of rows, after the kernels' own C: what they come to, a line each. */
#include <stdio.h>
#include <stdlib.h>

enum { OUT = 48, IN = 200, WHOLE = 256, MOST = 20 };

static uint32_t state = 1;

static float number(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / (float)(1 << 23) - 1.0f;
}

static void *claim(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  memset(p, 0, (bytes + 127) / 64 * 64);
  return p;
}

static void multiply(int64_t format, int64_t rows, int64_t narrow, float *plain, float *x) {
  const int64_t groups = WHOLE / 32, places = up_to(rows, TILE) * groups;
  uint8_t *packed = claim(OUT * WHOLE * 4);
  const int is_packed = format <= INT8_HALF;
  if (is_packed)
    deepseek_pack(F_F32, format, (const uint8_t *)plain, IN * 4, IN, OUT, NULL, packed, 0, OUT / 16);
  step_t step = {.rows = rows};
  rows_t from = {x, IN, 0}, to = {claim(MOST * OUT * 4), OUT, 0};
  quantised_t q = {claim(places * 64), claim(places * 4), claim(places * 4), claim(places * 4),
                   claim(places * 4),  groups,           0,                narrow};
  for (int64_t r = 0; is_packed && r < rows; r++)
    quantise_row(x + r * IN, IN, &q, r, tile_of(&step));
  const uint8_t *data = is_packed ? packed : (const uint8_t *)plain;
  product_t op = {1, STORE, SILU, from, q, {{{format, data, IN, OUT}, NULL, NULL, NULL, to, OUT / 16}}};
  product(&op, &step, 0, OUT / 16, 0);
  double sum = 0, size = 0;
  for (int64_t i = 0; i < rows * OUT; i++) {
    sum += to.data[i] * (double)(1 + i % 7);
    size += to.data[i] < 0 ? -to.data[i] : to.data[i];
  }
  printf("format %d, %2d rows, %s %.6g %.6g\n", (int)format, (int)rows, narrow ? "8 bits" : "16 bits",
         sum, size);
}

int main(void) {
  const int64_t formats[] = {INT4, INT4_OFFSET, INT8, F32};
  float *plain = claim(OUT * IN * 4), *x = claim(MOST * IN * 4);
  for (int i = 0; i < OUT * IN; i++) plain[i] = number();
  for (int i = 0; i < MOST * IN; i++) x[i] = number();
  for (int f = 0; f < 4; f++)
    for (int64_t rows = 1; rows <= MOST; rows += MOST - 1)
      for (int64_t narrow = 0; narrow < 2; narrow++) multiply(formats[f], rows, narrow, plain, x);
  return 0;
}
