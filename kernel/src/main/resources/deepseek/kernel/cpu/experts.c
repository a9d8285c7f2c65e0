/* Mixture of experts: each token's row is computed only by the experts it is routed to. */

/* How router logits become scores, and the weights of the chosen experts. */
enum { SOFTMAX = 0, SIGMOID = 1 };

#define MOST_EXPERTS 512
#define MOST_CHOSEN 32

typedef struct {
  int64_t experts;
  int64_t chosen;
  int64_t score;
  int64_t shares;         /* whether weights are normalised to a sum of 1 */
  double factor;          /* multiplies the weights, after they were normalised */
  int64_t groups;         /* groups of experts, of which the best `kept` may be chosen from */
  int64_t kept;
  const float *correction; /* or NULL: added to the scores for the selection only */
  rows_t logits;          /* [M, experts] */
  /* A place is a pair of a row and one of its experts. Places of an expert are contiguous and
     start at a tile; those that fill up its last tile are unused. */
  int64_t *places;        /* [M][chosen] place of each choice */
  float *weights;         /* [M][chosen] */
  int64_t *rows;          /* [places] the row, or -1 */
  int64_t *start;         /* [experts] first place */
  int64_t *count;         /* [experts] places */
  int64_t *active;        /* [experts] those with places */
  int64_t *totals;        /* active experts, places in whole tiles */
} route_t;

/* Keeps a division by a sum of vanishing scores finite; the value is DeepSeek's. */
#define TINY 1e-20f

static void choose_experts(const route_t *r, float *scores, int64_t *chosen, float *weights) {
  float preference[MOST_EXPERTS], best[MOST_EXPERTS];
  const int64_t in_group = r->experts / r->groups;
  float most = scores[0], total = 0;
  for (int64_t e = 1; e < r->experts; e++) most = scores[e] > most ? scores[e] : most;
  for (int64_t e = 0; e < r->experts; e += LANES) {
    vf x = load(scores + e);
    vf y = r->score == SOFTMAX ? exponential(x - most) : 1.0f / (1.0f + exponential(-x));
    for (int64_t i = e; i < least(e + LANES, r->experts); i++) {
      scores[i] = y[i - e];
      total += y[i - e];
    }
  }
  for (int64_t e = 0; e < r->experts; e++) {
    if (r->score == SOFTMAX) scores[e] /= total;
    preference[e] = scores[e] + (r->correction ? r->correction[e] : 0);
  }
  if (r->groups > 1) {
    /* A group's score is that of its best expert, or with a correction the sum of its two best. */
    for (int64_t g = 0; g < r->groups; g++) {
      float first = -3.0e38f, second = -3.0e38f;
      for (int64_t e = g * in_group; e < (g + 1) * in_group; e++) {
        if (preference[e] > first) {
          second = first;
          first = preference[e];
        } else if (preference[e] > second) {
          second = preference[e];
        }
      }
      best[g] = r->score == SIGMOID ? first + second : first;
    }
    for (int64_t g = 0; g < r->groups; g++) {
      int64_t better = 0;
      for (int64_t h = 0; h < r->groups; h++)
        better += best[h] > best[g] || (best[h] == best[g] && h < g);
      if (better >= r->kept)
        for (int64_t e = g * in_group; e < (g + 1) * in_group; e++) preference[e] = -3.0e38f;
    }
  }
  float sum = 0;
  for (int64_t k = 0; k < r->chosen; k++) {
    int64_t top = 0;
    for (int64_t e = 1; e < r->experts; e++)
      if (preference[e] > preference[top]) top = e;
    preference[top] = -3.3e38f;
    chosen[k] = top;
    weights[k] = scores[top];
    sum += scores[top];
  }
  for (int64_t k = 0; k < r->chosen; k++)
    weights[k] = (r->shares ? weights[k] / (sum + TINY) : weights[k]) * (float)r->factor;
}

/* One item: all rows. */
static void route(const void *op, const step_t *s) {
  const route_t *r = op;
  for (int64_t e = 0; e < r->experts; e++) r->count[e] = 0;
  for (int64_t row = 0; row < s->rows; row++) {
    int64_t *chosen = r->places + row * r->chosen;
    choose_experts(r, r->logits.data + row * r->logits.stride, chosen,
                   r->weights + row * r->chosen);
    for (int64_t k = 0; k < r->chosen; k++) r->count[chosen[k]]++;
  }
  int64_t active = 0, place = 0, next[MOST_EXPERTS];
  for (int64_t e = 0; e < r->experts; e++) {
    next[e] = r->start[e] = place;
    if (r->count[e]) r->active[active++] = e;
    place += up_to(r->count[e], TILE);
  }
  for (int64_t i = 0; i < place; i++) r->rows[i] = -1;
  for (int64_t i = 0; i < s->rows * r->chosen; i++) {
    const int64_t own = next[r->places[i]]++;
    r->rows[own] = i / r->chosen;
    r->places[i] = own;
  }
  r->totals[0] = active;
  r->totals[1] = place;
}

/* Gathers the rows of all places, quantised for packed weights or copied for plain ones. */
typedef struct {
  const route_t *route;
  int64_t gathered;       /* x has a row for each token; else for each place */
  rows_t x;
  int64_t width;
  rows_t y;               /* data NULL: not copied */
  quantised_t q;          /* bytes NULL: not quantised */
} gather_t;

static void gather(const void *op, int64_t begin, int64_t end) {
  const gather_t *g = op;
  for (int64_t place = begin; place < end; place++) {
    const int64_t row = g->route->rows[place];
    if (row < 0) continue;
    const float *x = g->x.data + (g->gathered ? row : place) * g->x.stride;
    if (g->q.bytes) quantise_row(x, g->width, &g->q, place, TILE);
    if (g->y.data)
      memcpy(g->y.data + place * g->y.stride, x, (size_t)g->width * sizeof(float));
  }
}

/* Products of each active expert with its places; `product` holds the weights of one expert. */
typedef struct {
  const route_t *route;
  const product_t *product;
  const uint8_t *const *weights; /* [experts]; NULL: of another form, in an operation of its own */
  const uint8_t *const *second;  /* [experts], for GATED */
} experts_t;

static void experts(const void *op, int64_t begin, int64_t end) {
  const experts_t *x = op;
  const route_t *r = x->route;
  const int64_t blocks = x->product->part[0].blocks;
  while (begin < end) {
    const int64_t e = r->active[begin / blocks], from = begin % blocks;
    const int64_t to = least(blocks, from + end - begin);
    const int64_t start = r->start[e], count = r->count[e];
    begin += to - from;
    if (!x->weights[e]) continue;
    product_t p = *x->product;
    part_t *part = &p.part[0];
    part->weight.data = x->weights[e];
    if (p.after == GATED) part->second = x->second[e];
    if (part->weight.format <= INT8_HALF) {
      packed_rows(&p, &p.q, part, start / TILE, count, from, to);
    } else {
      step_t own = {.rows = count};
      p.x.data += start * p.x.stride;
      part->y.data += start * part->y.stride;
      plain_product(&p, &own, part, from, to);
    }
  }
}

/* to[row] += sum over its experts of weight * y[place], plus the shared expert's row, gated if
   there is a gate. */
typedef struct {
  const route_t *route;
  rows_t y;
  rows_t to;
  int64_t width;
  rows_t shared;          /* or data NULL */
  rows_t gate;            /* [M, 1] or data NULL */
} combine_t;

static void combine(const void *op, int64_t begin, int64_t end) {
  const combine_t *c = op;
  const route_t *r = c->route;
  for (int64_t row = begin; row < end; row++) {
    float *to = c->to.data + row * c->to.stride;
    float gate = 1;
    if (c->gate.data)
      gate = (1.0f / (1.0f + exponential(splat(-c->gate.data[row * c->gate.stride]))))[0];
    for (int64_t i = 0; i < c->width; i += LANES) {
      vf sum = splat(0);
      for (int64_t k = 0; k < r->chosen; k++)
        sum += load(c->y.data + r->places[row * r->chosen + k] * c->y.stride + i) *
               r->weights[row * r->chosen + k];
      if (c->shared.data) sum += load(c->shared.data + row * c->shared.stride + i) * gate;
      store(to + i, load(to + i) + sum);
    }
  }
}
