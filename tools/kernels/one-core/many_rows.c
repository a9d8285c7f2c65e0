/* Times 512 rows times a bfloat16 weight [out, in] on one core, in the thread's own processor time,
   which other programs don't count in: appended to the kernels' source by ./run. */
#include <stdio.h>
#include <stdlib.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

static void *numbers(size_t bytes) { return memset(aligned_alloc(64, up_to(bytes, 64)), 0, bytes); }

int main(int count, char **argument) {
  const int64_t rows = 512, out = atoi(argument[1]), in = atoi(argument[2]), chunk = 16;
  uint16_t *w = numbers(2 * out * in);
  float *x = numbers(4 * rows * in), *y = numbers(4 * rows * out);
  (void)count;
  for (int64_t i = 0; i < out * in; i++) {
    const float value = rand() % 2001 / 1000.0f - 1;
    memcpy(w + i, (const char *)&value + 2, 2);
  }
  for (int64_t i = 0; i < rows * in; i++) x[i] = rand() % 2001 / 1000.0f - 1;
  product_t p = {.parts = 1, .after = STORE, .x = {x, in, 0}};
  p.part[0] = (part_t){
      .weight = {BF16, (uint8_t *)w, in, out}, .y = {y, out, 0}, .blocks = out / 16};
  const step_t s = {.rows = rows};
  double best = 1e9;
  for (int turn = 0; turn < 7; turn++) {
    const double begin = seconds();
    for (int64_t b = 0; b < out / 16; b += chunk) product(&p, &s, b, least(b + chunk, out / 16), 0);
    const double took = seconds() - begin;
    best = took < best ? took : best;
  }
  printf("[%d, %d] %.0f GFLOP/s\n", (int)out, (int)in, 2e-9 * rows * out * in / best);
#if BFLOAT_DOTS
  const int64_t turns = 20000;
  const double begin = seconds();
  for (int64_t i = 0; i < turns; i++)
    bfloat_tile(DOT_ROWS, DOT_DEPTH, 1, (uint16_t *)room, (uint16_t *)room + DOT_ROWS * DOT_DEPTH,
                (float *)((uint16_t *)room + (DOT_ROWS + 64) * DOT_DEPTH));
  printf("the loop alone %.0f GFLOP/s\n",
         2e-9 * turns * DOT_ROWS * 64 * DOT_DEPTH / (seconds() - begin));
#endif
  return 0;
}
