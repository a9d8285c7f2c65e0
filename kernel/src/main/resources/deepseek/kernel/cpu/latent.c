/* Latent attention around the attention itself: all heads share one latent of R values and one
   rotary key of P values per token. Queries are projected to the latent space before the
   attention (q (W c) = (q W) c), and outputs back from it afterwards. */

typedef struct {
  const attention_t *attention; /* width R + P, of which values are the first R */
  int64_t plain;          /* C: values of a query without rotary embedding */
  int64_t turned;         /* P: values with it */
  int64_t value_width;    /* V */
  weight_t up;            /* unpacked, [heads * (C + V), R]: for each head its keys, then its values */
  rows_t q;               /* [M, heads * (C + P)] */
  rows_t down;            /* [M, R + P] latents and keys, as projected */
  const float *norm;      /* [R] */
  double eps;
  rows_t y;               /* [M, heads * V] */
} latent_t;

INLINE const uint8_t *up_rows(const latent_t *l, int64_t row) {
  return l->up.data + row * l->up.in * value_bytes(l->up.format);
}

/* y[m][0..columns) = x[m] times a panel [depth][64], for all rows. */
static void times_panel(const step_t *s, int64_t depth, const float *x, int64_t x_stride,
                        const float *panel, int64_t columns, float *y, int64_t y_stride) {
  float sums[QUERIES * 64] __attribute__((aligned(64)));
  for (int64_t m = 0; m < s->rows; m += QUERIES) {
    const int64_t count = least(QUERIES, s->rows - m);
    outer(count, 0, depth, x + m * x_stride, x_stride, panel, sums, 64);
    for (int64_t r = 0; r < count; r++)
      memcpy(y + (m + r) * y_stride, sums + 64 * r, (size_t)columns * sizeof(float));
  }
}

static float *latent_panel(void) {
  static _Thread_local float panel[WIDEST_HEAD * 64] __attribute__((aligned(64)));
  return panel;
}

/* 64 columns of a head's queries, projected to the latent space. */
static void absorb(const latent_t *l, const step_t *s, int64_t head, int64_t column) {
  const attention_t *a = l->attention;
  const int64_t rank = a->value_width, format = l->up.format, columns = least(64, rank - column);
  float *panel = latent_panel();
  copy_columns(format, up_rows(l, head * (l->plain + l->value_width)), rank * value_bytes(format),
               rank, l->plain, column, panel);
  times_panel(s, l->plain, l->q.data + head * (l->plain + l->turned), l->q.stride, panel, columns,
              a->q.data + head * a->width + column, a->q.stride);
  for (int64_t row = 0; row < s->rows; row++)
    spread_if_kept(a, a->q.data + row * a->q.stride + head * a->width + column, columns);
}

/* Applies the rotary embedding to a head's queries. */
static void turn_queries(const latent_t *l, const step_t *s, int64_t head) {
  const attention_t *a = l->attention;
  const int64_t half = l->turned / 2;
  for (int64_t row = 0; row < s->rows; row++) {
    float *to = a->q.data + row * a->q.stride + head * a->width + a->value_width;
    memcpy(to, l->q.data + row * l->q.stride + head * (l->plain + l->turned) + l->plain,
           (size_t)l->turned * sizeof(float));
    turn_pairs(to, a->pairs, half, a->cosines + row * half, a->sines + row * half);
    spread_if_kept(a, to, l->turned);
  }
}

/* Normalises a row's latent, applies the rotary embedding to its key, and appends both to the cache. */
static void keep_latent(const latent_t *l, const step_t *s, int64_t row) {
  const attention_t *a = l->attention;
  const int64_t rank = a->value_width, half = l->turned / 2;
  float *x = l->down.data + row * l->down.stride;
  scale_row(x, l->norm, 1.0f / __builtin_sqrtf(mean_square(x, rank) + (float)l->eps), rank, x);
  turn_pairs(x + rank, a->pairs, half, a->cosines + row * half, a->sines + row * half);
  keep_key(a, x, key_at(a, span_of(s, row), 0, slot_of(s, row)));
}

INLINE int64_t panels_of(int64_t width) { return (width + 63) / 64; }

static int64_t latent_in_items(const latent_t *l, const step_t *s) {
  return l->attention->heads * panels_of(l->attention->value_width) + s->rows;
}

/* Item: 64 columns of a head's queries; after those, a row's latent. */
static void latent_in(const latent_t *l, const step_t *s, int64_t begin, int64_t end) {
  const int64_t panels = panels_of(l->attention->value_width);
  for (int64_t item = begin; item < end; item++) {
    const int64_t head = item / panels;
    if (head >= l->attention->heads) {
      keep_latent(l, s, item - l->attention->heads * panels);
      continue;
    }
    absorb(l, s, head, item % panels * 64);
    if (item % panels == 0) turn_queries(l, s, head);
  }
}

static int64_t latent_out_items(const latent_t *l) {
  return l->attention->heads * panels_of(l->value_width);
}

/* Few rows: 64 columns of a head's outputs, without transposing weights. */
static void answer_few(const latent_t *l, const step_t *s, const weight_t *w, const rows_t *x,
                       int64_t column, float *y) {
  for (int64_t n = column; n < least(column + 64, w->out); n += ROWS)
    for (int64_t row = 0; row < s->rows; row++) {
      sums_t sums;
      plain_rows_of(1, w, w->data, n, x, row, &sums);
      memcpy(y + row * l->y.stride + n, sums, (size_t)least(ROWS, w->out - n) * sizeof(float));
    }
}

/* Item: 64 columns of a head's outputs. */
static void latent_out(const latent_t *l, const step_t *s, int64_t begin, int64_t end) {
  const attention_t *a = l->attention;
  const int64_t rank = a->value_width, width = l->value_width, panels = panels_of(width);
  for (int64_t item = begin; item < end; item++) {
    const int64_t head = item / panels, column = item % panels * 64;
    const weight_t w = {l->up.format, up_rows(l, head * (l->plain + width) + l->plain), rank, width};
    const rows_t x = {a->y.data + head * rank, a->y.stride, 0};
    float *y = l->y.data + head * width;
    if (s->rows <= 2) {
      answer_few(l, s, &w, &x, column, y);
    } else {
      turn(w.format, w.data, rank, width, column, 0, rank, latent_panel());
      times_panel(s, rank, x.data, x.stride, latent_panel(), least(64, width - column), y + column,
                  l->y.stride);
    }
  }
}
