/* The emulator against tiles worked out by hand, and what has to fault. */
#include "amx_emulator.h"

static int checks, wrong;

static void check(const char *what, int holds) {
  checks++;
  if (!holds) {
    wrong++;
    fprintf(stderr, "emulator: %s is wrong\n", what);
  }
}

typedef struct {
  uint8_t palette, start, none[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} configuration_t;

static void configure(const configuration_t *c) {
  __asm__ volatile("ldtilecfg %0" : : "m"(*c) : "memory");
}

#define LOAD(t, from, apart) \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t : : "r"(from), "r"((int64_t)(apart)) : "memory")
#define STORE(t, to, apart) \
  __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" : : "r"(to), "r"((int64_t)(apart)) : "memory")
#define RUN(code) __asm__ volatile(code : : : "memory")

/* Whether `code` ends in a fault that says `reason`. */
#define FAULTS(reason, code)                                  \
  do {                                                        \
    sigjmp_buf back;                                          \
    amx_expected = &back;                                     \
    if (sigsetjmp(back, 0)) {                                 \
      check(reason, strcmp(amx_reason, reason) == 0);         \
    } else {                                                  \
      code;                                                   \
      check("going on where there is " reason, 0);            \
    }                                                         \
    amx_expected = NULL;                                      \
  } while (0)

/* Sums of 2 rows and 3 columns; 2 rows of 2 words, 2 rows of 3 words. */
static configuration_t small(void) {
  configuration_t c = {.palette = 1};
  c.bytes[0] = 12, c.rows[0] = 2;
  c.bytes[1] = 8, c.rows[1] = 2;
  c.bytes[2] = 12, c.rows[2] = 2;
  return c;
}

static const uint8_t A[2][8] = {{1, 2, 3, 4, 255, 0, 0, 1}, {0, 0, 0, 128, 10, 20, 30, 40}};
static const uint8_t B[2][12] = {{1, 1, 1, 1, 2, 0, 0, 255, 0, 0, 0, 128},
                                 {1, 0, 0, 0, 255, 255, 255, 255, 0, 5, 0, 3}};

/* Both signed: (1+2+3+4)*1 + -1*1, 1*2 + 4*-1 + -1*-1 + 1*-1, 4*-128 + 1*3;
   -128*1 + 10*1, -128*-1 + -(10+20+30+40), -128*-128 + 20*5 + 40*3. On top of 100 each. */
static const int32_t SIGNED[6] = {109, 98, -409, -18, 128, 16704};
/* a unsigned: 10 + 255, 2 - 4 - 255 - 1, -512 + 3; 128 + 10, -128 - 100, 128*-128 + 100 + 120. */
static const int32_t FIRST_UNSIGNED[6] = {365, -158, -409, 238, -128, -16064};
/* b unsigned: 10 - 1, 2 + 4*255 - 255 + 255, 4*128 + 3; -128 + 10, -128*255 + 255*100,
   -128*128 + 220. */
static const int32_t SECOND_UNSIGNED[6] = {109, 1122, 615, -18, -7040, -16064};
/* None: 10 + 255, 2 + 1020 + 255*255 + 255, 515; 138, 128*255 + 25500, 128*128 + 220. */
static const int32_t UNSIGNED[6] = {365, 66402, 615, 238, 58240, 16704};

#define PRODUCT(name, expected)                                \
  do {                                                         \
    int32_t sums[2][4] = {{100, 100, 100, -1}, {100, 100, 100, -1}}; \
    LOAD(0, sums, 16);                                         \
    RUN(name " %%tmm2, %%tmm1, %%tmm0");                       \
    STORE(0, sums, 16);                                        \
    for (int i = 0; i < 6; i++) check(name, sums[i / 3][i % 3] == expected[i]); \
    check(name "'s edge", sums[0][3] == -1 && sums[1][3] == -1); \
  } while (0)

static void bytes(void) {
  const configuration_t c = small();
  configure(&c);
  LOAD(1, A, 8);
  LOAD(2, B, 12);
  PRODUCT("tdpbssd", SIGNED);
  PRODUCT("tdpbusd", FIRST_UNSIGNED);
  PRODUCT("tdpbsud", SECOND_UNSIGNED);
  PRODUCT("tdpbuud", UNSIGNED);
}

static void bfloats(void) {
  /* 1, 2 | -3, 0.5 and a number that is flushed; columns 1, 1 | 2, 4 and the like. */
  const uint16_t a[2][4] = {{0x3f80, 0x4000, 0xc040, 0x3f00}, {0x0001, 0x3f80, 0, 0}};
  const uint16_t b[2][6] = {{0x3f80, 0x3f80, 0x4000, 0x4080, 0x7f00, 0},
                            {0x4000, 0x4080, 0x3f80, 0x3f80, 0, 0x4100}};
  /* 1 + 2 - 6 + 2; 2 + 8 - 3 + 0.5; 2^127 + 4 = 2^127. Then 0 + 1; 0 + 4; nothing, as 2^-133 is. */
  const float expected[6] = {-1, 7.5f, 0x1p127f, 1, 4, 0};
  const configuration_t c = small();
  float sums[2][3];
  configure(&c);
  LOAD(1, a, 8);
  LOAD(2, b, 12);
  RUN("tilezero %%tmm0");
  RUN("tdpbf16ps %%tmm2, %%tmm1, %%tmm0");
  STORE(0, sums, 12);
  for (int i = 0; i < 6; i++) check("tdpbf16ps", sums[i / 3][i % 3] == expected[i]);
}

static void moves(void) {
  uint8_t from[2][20], to[2][20], kept[64];
  configuration_t c = small();
  for (int i = 0; i < 40; i++) from[i / 20][i % 20] = (uint8_t)(i + 1);
  memset(to, 0, sizeof to);
  configure(&c);
  __asm__ volatile("tileloaddt1 4(%0,%1,4), %%tmm0" : : "r"(from), "r"(5L) : "memory");
  STORE(0, to, 20);
  check("a tile's first row", memcmp(to[0], from[0] + 4, 12) == 0 && to[0][12] == 0);
  check("a tile's second row", memcmp(to[1], from[1] + 4, 12) == 0 && to[1][12] == 0);
  __asm__ volatile("sttilecfg %0" : "=m"(kept));
  check("the configuration", memcmp(kept, &c, 64) == 0);
  c.start = 1;
  configure(&c);
  LOAD(0, from, 20);
  STORE(0, to, 20);
  check("a load from row 1 on", to[0][0] == 0 && memcmp(to[1], from[1], 12) == 0);
  __asm__ volatile("sttilecfg %0" : "=m"(kept));
  check("its end", kept[1] == 0);
  __asm__ volatile("movq %0, %%r12\n movq %1, %%r13\n tileloadd (%%r12,%%r13,2), %%tmm2\n"
                   "tilestored %%tmm2, (%%r12,%%r13,2)"
                   : : "r"(from), "r"(10L) : "r12", "r13", "memory");
  check("the upper registers", from[1][11] == 32);
  RUN("tilerelease");
  __asm__ volatile("sttilecfg %0" : "=m"(kept));
  check("the end of the configuration", kept[0] == 0 && kept[16] == 0);
}

static void faults(void) {
  uint8_t memory[256] = {0};
  configuration_t c = small();
  FAULTS("#UD: no tiles are configured", RUN("tilezero %%tmm0"));
  FAULTS("#UD: no tiles are configured", LOAD(0, memory, 16));
  configure(&c);
  FAULTS("#UD: a tile that isn't configured", RUN("tilezero %%tmm3"));
  /* Assemblers refuse it: tdpbssd %tmm1, %tmm1, %tmm0. */
  FAULTS("#UD: one tile twice", RUN(".byte 0xc4, 0xe2, 0x73, 0x5e, 0xc1"));
  FAULTS("#UD: tiles that don't fit each other", RUN("tdpbssd %%tmm1, %%tmm2, %%tmm0"));
  c.bytes[1] = 7;
  configure(&c);
  FAULTS("#UD: a row of part of a word", LOAD(1, memory, 16));
  c = small();
  c.start = 2;
  configure(&c);
  FAULTS("#UD: a start behind the last row", LOAD(1, memory, 16));
  c = small();
  c.palette = 2;
  FAULTS("#GP: a palette there isn't", configure(&c));
  c = small();
  c.none[3] = 1;
  FAULTS("#GP: a reserved byte", configure(&c));
  c = small();
  c.rows[8] = 1;
  FAULTS("#GP: more than eight tiles", configure(&c));
  c = small();
  c.bytes[2] = 65;
  FAULTS("#GP: a row of more than 64 bytes", configure(&c));
  c = small();
  c.rows[2] = 17;
  FAULTS("#GP: more than 16 rows", configure(&c));
  c = small();
  c.rows[2] = 0;
  FAULTS("#GP: rows of nothing, or none", configure(&c));
  FAULTS("an instruction that is none of AMX's", RUN("ud2"));
  RUN("tilerelease");
}

int main(void) {
  amx_emulate();
  bytes();
  bfloats();
  moves();
  faults();
  printf("emulator: %d of %d checks hold\n", checks - wrong, checks);
  return wrong > 0;
}
