/* Times products of 1 to 16 rows with packed weights, and attention of as many single tokens, on one
   core in the thread's own processor time: appended to the kernels' source by ./run. */
#include <stdio.h>
#include <stdlib.h>

static const int64_t counts[] = {1, 2, 3, 4, 5, 6, 8, 12, 16};
enum { COUNTS = sizeof counts / sizeof *counts, MOST_TOKENS = 16 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

static void *numbers(size_t bytes) { return memset(aligned_alloc(64, up_to(bytes, 64)), 0, bytes); }

static uint32_t next_random(void) {
  static uint32_t state = 1;
  return (state = state * 1664525u + 1013904223u) >> 16;
}

static void random_floats(float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) x[i] = next_random() % 2001 / 1000.0f - 1;
}

/* Weights [out, in], as many as `bytes` hold, each multiplied once per turn. */
static void products(const char *name, int64_t format, int64_t out, int64_t in, int64_t bytes) {
  const int64_t groups = up_to(in, 64) / 32, chunk = 16;
  const int64_t each = out / 16 * groups / 2 * block_bytes(format), weights = bytes / each + 1;
  uint8_t *w = numbers(weights * each);
  for (int64_t i = 0; i < weights * each; i++) w[i] = next_random() % 60;
  float *x = numbers(4 * MOST_TOKENS * in), *y = numbers(4 * MOST_TOKENS * out);
  random_floats(x, MOST_TOKENS * in);
  const int64_t places = MOST_TOKENS * groups;
  const quantised_t q = {numbers(64 * places), numbers(4 * places), numbers(4 * places),
                         numbers(4 * places),  numbers(4 * places), groups, 0, 0};
  printf("%-12s [%d, %d] x %d", name, (int)out, (int)in, (int)weights);
  double one = 0;
  for (int n = 0; n < COUNTS; n++) {
    const step_t s = {.rows = counts[n]};
    for (int64_t r = 0; r < s.rows; r++) quantise_row(x + r * in, in, &q, r, tile_of(&s));
    double best = 1e9;
    for (int turn = 0; turn < 15; turn++) {
      const double begin = seconds();
      for (int64_t i = 0; i < weights; i++) {
        product_t p = {.parts = 1, .after = STORE, .q = q};
        p.part[0] = (part_t){.weight = {format, w + i * each, in, out}, .y = {y, out, 0}, .blocks = out / 16};
        for (int64_t b = 0; b < out / 16; b += chunk) product(&p, &s, b, least(b + chunk, out / 16), 0);
      }
      const double took = seconds() - begin;
      best = took < best ? took : best;
    }
    if (n == 0) {
      one = best;
      printf(": %.1f GB/s;", 1e-9 * weights * each / one);
    }
    printf(" %d: %.2f", (int)s.rows, best / one);
  }
  printf("\n");
  free(w);
}

/* `heads` queries each of MOST_TOKENS tokens of different sequences, which attend to `slots` slots. */
static void attention(const char *name, int64_t format, int64_t heads, int64_t key_heads, int64_t width,
                      int64_t slots) {
  const int64_t layers = 30, pages = up_to(slots, KEYS) / KEYS, stride = heads * width;
  float *q = numbers(4 * MOST_TOKENS * stride), *y = numbers(4 * MOST_TOKENS * stride);
  random_floats(q, MOST_TOKENS * stride);
  attention_t a = {.heads = heads, .key_heads = key_heads, .width = width, .value_width = width,
                   .format = format, .q = {q, stride, 0}, .scale = 0.125, .y = {y, stride, 0}};
  const int64_t keys = key_heads * KEYS * key_bytes(&a), values = key_heads * KEYS * value_row_bytes(&a);
  uint8_t *all = numbers(MOST_TOKENS * pages * layers * (keys + values));
  for (int64_t i = 0; i < MOST_TOKENS * pages * layers * (keys + values); i += 2) {
    all[i] = next_random() % 256;
    all[i + 1] = next_random() % 2 ? 0x3c : 0xbc;
  }
  span_t span[MOST_TOKENS];
  for (int64_t i = 0; i < MOST_TOKENS; i++) {
    uint8_t **own = numbers(8 * pages), ***groups = numbers(8);
    for (int64_t n = 0; n < pages; n++) own[n] = all + (i * pages + n) * layers * (keys + values);
    groups[0] = own;
    span[i] = (span_t){i, 1, slots - 1, (uint8_t *const *const *)groups};
  }
  a.partial = numbers(4 * MOST_TOKENS * key_heads * teams_of(&a) * MOST_SPLITS * team_of(&a) *
                      (2 + up_to(width, LANES)));
  a.arrived = numbers(4 * MOST_TOKENS * key_heads * teams_of(&a));
  const step_t s = {.rows = MOST_TOKENS, .spans = MOST_TOKENS, .span = span};
  double best = 1e9, size = 0;
  for (int turn = 0; turn < 15; turn++) {
    const double begin = seconds();
    for (int64_t layer = 0; layer < layers; layer++) {
      a.keys_at = layer * (keys + values);
      a.values_at = a.keys_at + keys;
      attend(&a, &s, 0, attend_items(&a, &s), 0);
    }
    const double took = seconds() - begin;
    best = took < best ? took : best;
  }
  for (int64_t i = 0; i < MOST_TOKENS * stride; i++) size += y[i] < 0 ? -y[i] : y[i];
  printf("%-12s %d queries of %d heads, %d slots: %.2f us a sequence and layer, %.2f us a page of a head "
         "(%.1f GB/s), sum %.6g\n",
         name, (int)heads, (int)key_heads, (int)slots, 1e6 * best / layers / MOST_TOKENS,
         1e6 * best / layers / MOST_TOKENS / pages / key_heads,
         1e-9 * MOST_TOKENS * pages * layers * (keys + values) / best, size);
  free(all);
}

int main(int count, char **argument) {
  const int only = count > 1 ? argument[1][0] : 0;
  if (only != 'a') {
    products("int4-offset", INT4_OFFSET, 3072, 576, 100 << 20);
    products("int4-offset", INT4_OFFSET, 3072, 576, 0);
    products("int4", INT4, 4096, 2048, 100 << 20);
    products("int8", INT8, 4096, 2048, 100 << 20);
    products("int8-half", INT8_HALF, 4096, 2048, 100 << 20);
  }
  if (only != 'p') {
    attention("float32", F32, 9, 3, 64, 230);
    attention("bfloat16", BF16, 9, 3, 64, 230);
    attention("bfloat16", BF16, 32, 8, 64, 230);
    attention("bfloat16", BF16, 14, 2, 64, 1000);
    attention("bfloat16", BF16, 16, 8, 128, 230);
    attention("int8", KEPT8, 9, 3, 64, 230);
  }
  return 0;
}
