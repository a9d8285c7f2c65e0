/* A step: a list of operations that all threads execute together, inside one parallel region.
   Each thread takes chunks of its own part of an operation, whose weights are contiguous in
   memory, and then steals from the parts of others; no thread continues before all are done. */

enum { EMBED = 0, NORM = 1, PRODUCT = 2, ROTATE = 3, ATTEND = 4, PICK = 5, ROUTE = 6, GATHER = 7,
       EXPERTS = 8, COMBINE = 9, LATENT_IN = 10, LATENT_OUT = 11, SPARSE = 12, TOP = 13 };

typedef struct {
  int64_t kind;
  const void *op;
  int64_t chunk;          /* items taken at a time */
  int64_t copied;         /* with one row, each thread does all of it for itself */
  int64_t part;           /* which step: 0 all tokens, 1 the picked ones */
} entry_t;

typedef struct {
  const entry_t *entries;
  int64_t from;           /* entries to run */
  int64_t to;
  const step_t *steps;    /* [2] */
  int64_t *taken;         /* [entries][threads] counters of each part's chunks */
  int64_t threads;
  int (*team)(void);      /* the actual number of threads, or NULL: one */
  int64_t workers;        /* threads to run with, at most `threads` */
  int64_t stalled;        /* nanoseconds for which all waited for one thread, except short waits */
  int32_t arrived __attribute__((aligned(64)));
  int32_t round __attribute__((aligned(64)));
  int32_t numbered __attribute__((aligned(64)));
} program_t;

INLINE int64_t items_of(const entry_t *e, const step_t *s) {
  switch (e->kind) {
    case PRODUCT: {
      const product_t *p = e->op;
      int64_t blocks = 0;
      for (int64_t i = 0; i < p->parts; i++) blocks += p->part[i].blocks;
      return blocks;
    }
    case ROTATE: {
      const attention_t *a = e->op;
      return s->rows * (a->heads + 2 * a->key_heads);
    }
    case ATTEND: return attend_items(e->op, s);
    case LATENT_IN: return latent_in_items(e->op, s);
    case LATENT_OUT: return latent_out_items(e->op);
    case ROUTE: return 1;
    case GATHER: return ((const gather_t *)e->op)->route->totals[1];
    case EXPERTS: {
      const experts_t *x = e->op;
      return x->route->totals[0] * x->product->part[0].blocks;
    }
    case SPARSE: return sparse_items(e->op);
    case TOP: return top_items(e->op, s);
    default: return s->rows;
  }
}

INLINE void run_items(const entry_t *e, const step_t *s, int64_t begin, int64_t end, int64_t t) {
  switch (e->kind) {
    case EMBED: embed(e->op, s, begin, end, t); break;
    case NORM: norm(e->op, s, begin, end, t); break;
    case PRODUCT: product(e->op, s, begin, end, t); break;
    case ROTATE: rotate(e->op, s, begin, end, t); break;
    case ATTEND: attend(e->op, s, begin, end, t); break;
    case LATENT_IN: latent_in(e->op, s, begin, end); break;
    case LATENT_OUT: latent_out(e->op, s, begin, end); break;
    case ROUTE: route(e->op, s); break;
    case GATHER: gather(e->op, begin, end); break;
    case EXPERTS: experts(e->op, begin, end); break;
    case COMBINE: combine(e->op, begin, end); break;
    case SPARSE: sparse(e->op, s, begin, end, t); break;
    case TOP: top(e->op, begin, end); break;
    default: pick(e->op, s, begin, end, t);
  }
}

#if defined(__x86_64__)
#define RELAX() __builtin_ia32_pause()
#else
#define RELAX() __asm__ volatile("" ::: "memory")
#endif

int sched_yield(void);

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#define SPINS 4000 /* about as long as an operation takes */

INLINE int is_round(const program_t *p, int32_t round) {
  return __atomic_load_n(&p->round, __ATOMIC_ACQUIRE) == round;
}

/* A barrier: spins for a while, then yields the core. The last but one thread to arrive measures
   how long the last is waited for, if that is longer: another program is using its core. */
static void meet(program_t *p, int32_t team) {
  const int32_t round = __atomic_load_n(&p->round, __ATOMIC_ACQUIRE);
  const int32_t place = __atomic_add_fetch(&p->arrived, 1, __ATOMIC_ACQ_REL);
  if (place == team) {
    p->arrived = 0;
    __atomic_store_n(&p->round, round + 1, __ATOMIC_RELEASE);
    return;
  }
  const int64_t begin = place == team - 1 ? nanoseconds() : 0;
  for (int spins = 0; spins < SPINS; spins++) {
    if (!is_round(p, round)) return;
    RELAX();
  }
  while (is_round(p, round)) sched_yield();
  if (place == team - 1) __atomic_fetch_add(&p->stalled, nanoseconds() - begin, __ATOMIC_RELAXED);
}

/* What each thread of the team runs. */
static void walk(void *data) {
  program_t *p = data;
  const int64_t thread = __atomic_fetch_add(&p->numbered, 1, __ATOMIC_RELAXED);
  const int32_t team = p->team ? p->team() : 1;
  for (int64_t i = p->from; i < p->to; i++) {
    const entry_t *e = &p->entries[i];
    const step_t *s = &p->steps[e->part];
    const int64_t items = items_of(e, s);
    if (e->copied && s->rows == 1) {
      run_items(e, s, 0, items, thread);
      continue;
    }
    const int64_t chunks = up_to(items, e->chunk) / e->chunk;
    for (int64_t k = 0; k < team; k++) {
      const int64_t part = (thread + k) % team, end = chunks * (part + 1) / team;
      int64_t *taken = &p->taken[i * p->threads + part], at;
      while ((at = chunks * part / team + __atomic_fetch_add(taken, 1, __ATOMIC_RELAXED)) < end)
        run_items(e, s, at * e->chunk, least((at + 1) * e->chunk, items), thread);
    }
    if (team > 1) meet(p, team);
  }
}

typedef void (*parallel_t)(void (*)(void *), void *, unsigned, unsigned);

/* Runs one step with libgomp's threads, or with the caller's alone when `parallel` is NULL. */
void deepseek_step(program_t *p, parallel_t parallel) {
  memset(p->taken + p->from * p->threads, 0,
         (size_t)((p->to - p->from) * p->threads) * sizeof(int64_t));
  p->arrived = p->round = p->numbered = 0;
  p->stalled = 0;
  if (parallel && p->workers > 1) {
    parallel(walk, p, (unsigned)p->workers, 0);
  } else {
    walk(p);
  }
}
