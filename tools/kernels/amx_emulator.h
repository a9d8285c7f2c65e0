/* AMX on processors without it: a handler of SIGILL that does what Intel's manual (Software Developer's
   Manual, volume 2, and its chapter on exceptions AMX-E1 to E6) says of the instructions that the
   signal stopped at. The machine code is what a processor with AMX would run.

   In 64-bit code, without prefixes before VEX; each thread has tiles of its own. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { TILES = 8, TILE_ROWS = 16, ROW_BYTES = 64 };

typedef struct {
  uint8_t palette, start_row;
  uint16_t bytes[TILES];
  uint8_t rows[TILES];
  uint8_t data[TILES][TILE_ROWS][ROW_BYTES];
} amx_state_t;

static _Thread_local amx_state_t amx;
static _Thread_local int64_t amx_done;
/* Where a fault goes that a test waits for. */
static _Thread_local sigjmp_buf *amx_expected;
static _Thread_local const char *amx_reason;

static void amx_fault(const char *reason, const uint8_t *code) {
  amx_reason = reason;
  if (amx_expected) siglongjmp(*amx_expected, 1);
  fprintf(stderr, "%s at", reason);
  for (int i = 0; i < 10; i++) fprintf(stderr, " %02x", code[i]);
  fprintf(stderr, "\n");
  abort();
}

static int64_t amx_register(const ucontext_t *context, int number) {
  static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                REG_R12, REG_R13, REG_R14, REG_R15};
  return context->uc_mcontext.gregs[order[number]];
}

/* An instruction: C4, three bytes of VEX and opcode, ModRM, and what that asks for. */
typedef struct {
  int map, prefix, source, length, opcode, wide;
  int mode, reg, rm;
  int has_index;
  int64_t base, index;    /* address of a memory operand is base, row by row index more */
} amx_code_t;

static int amx_decode(const ucontext_t *context, const uint8_t *code, amx_code_t *i) {
  if (code[0] != 0xc4) return 0;
  const int not_r = code[1] >> 7, not_x = code[1] >> 6 & 1, not_b = code[1] >> 5 & 1;
  i->map = code[1] & 31;
  i->wide = code[2] >> 7;
  i->source = ~code[2] >> 3 & 15;
  i->prefix = code[2] & 3;
  if (i->map != 2 || code[2] >> 2 & 1) return 0; /* 0F38, 128 bits */
  i->opcode = code[3];
  i->mode = code[4] >> 6;
  i->reg = (code[4] >> 3 & 7) + 8 * !not_r;
  i->rm = (code[4] & 7) + 8 * !not_b;
  i->length = 5;
  i->has_index = 0;
  i->base = i->index = 0;
  if (i->mode == 3) return 1;
  int far = i->mode == 2 ? 4 : i->mode;
  if ((i->rm & 7) == 4) {
    const int sib = code[i->length++];
    const int index = (sib >> 3 & 7) + 8 * !not_x, base = (sib & 7) + 8 * !not_b;
    i->has_index = index != 4;
    if (i->has_index) i->index = (int64_t)((uint64_t)amx_register(context, index) << (sib >> 6));
    if ((base & 7) == 5 && i->mode == 0) {
      far = 4;
    } else {
      i->base = amx_register(context, base);
    }
  } else if ((i->rm & 7) == 5 && i->mode == 0) {
    far = 4;
    i->base = (int64_t)(code + i->length + 4); /* the next instruction's address */
  } else {
    i->base = amx_register(context, i->rm);
  }
  if (far == 1) i->base += (int8_t)code[i->length];
  if (far == 4) {
    int32_t more;
    memcpy(&more, code + i->length, 4);
    i->base += more;
  }
  i->length += far;
  return 1;
}

static void amx_configure_tiles(const uint8_t *from, const uint8_t *code) {
  amx_state_t next = {.palette = from[0], .start_row = from[1]};
  if (next.palette > 1) amx_fault("#GP: a palette there isn't", code);
  if (next.palette == 1) {
    for (int i = 2; i < 16; i++)
      if (from[i]) amx_fault("#GP: a reserved byte", code);
    for (int i = 32; i < 48; i++)
      if (from[i]) amx_fault("#GP: more than eight tiles", code);
    for (int i = 56; i < 64; i++)
      if (from[i]) amx_fault("#GP: more than eight tiles", code);
    for (int t = 0; t < TILES; t++) {
      memcpy(&next.bytes[t], from + 16 + 2 * t, 2);
      next.rows[t] = from[48 + t];
      if (next.bytes[t] > ROW_BYTES) amx_fault("#GP: a row of more than 64 bytes", code);
      if (next.rows[t] > TILE_ROWS) amx_fault("#GP: more than 16 rows", code);
      if (!next.rows[t] != !next.bytes[t]) amx_fault("#GP: rows of nothing, or none", code);
    }
  } else {
    memset(&next, 0, sizeof next);
  }
  amx = next;
}

static void amx_keep_configuration(uint8_t *to) {
  memset(to, 0, 64);
  to[0] = amx.palette;
  to[1] = amx.start_row;
  memcpy(to + 16, amx.bytes, sizeof amx.bytes);
  memcpy(to + 48, amx.rows, sizeof amx.rows);
}

static void amx_need(int tile, const uint8_t *code) {
  if (!amx.palette) amx_fault("#UD: no tiles are configured", code);
  if (tile >= TILES || !amx.rows[tile]) amx_fault("#UD: a tile that isn't configured", code);
}

static void amx_move(const amx_code_t *i, int stores, const uint8_t *code) {
  amx_need(i->reg, code);
  if (amx.bytes[i->reg] % 4) amx_fault("#UD: a row of part of a word", code);
  if (amx.start_row >= amx.rows[i->reg]) amx_fault("#UD: a start behind the last row", code);
  const size_t bytes = amx.bytes[i->reg];
  uint8_t (*rows)[ROW_BYTES] = amx.data[i->reg];
  if (!stores) memset(rows[amx.start_row], 0, (size_t)(TILE_ROWS - amx.start_row) * ROW_BYTES);
  for (; amx.start_row < amx.rows[i->reg]; amx.start_row++) {
    uint8_t *place = (uint8_t *)(i->base + amx.start_row * i->index);
    if (stores) {
      memcpy(place, rows[amx.start_row], bytes);
    } else {
      memcpy(rows[amx.start_row], place, bytes);
    }
  }
  amx.start_row = 0;
}

static int32_t amx_byte(uint8_t byte, int is_signed) { return is_signed ? (int8_t)byte : byte; }

/* Numbers too small for an exponent count as 0, before and after. */
static float amx_flushed(float x) {
  return x < 0x1p-126f && x > -0x1p-126f ? __builtin_copysignf(0, x) : x;
}

static float amx_bfloat(const uint8_t *from) {
  uint16_t high;
  memcpy(&high, from, 2);
  const uint32_t bits = (uint32_t)high << 16;
  float x;
  memcpy(&x, &bits, 4);
  return amx_flushed(x);
}

/* a's row times b, which has four bytes of a column in a word, on top of `row`. */
static void amx_bytes_row(const uint8_t *a, int64_t words, const uint8_t (*b)[ROW_BYTES], int signs,
                          int64_t columns, uint8_t *row) {
  for (int64_t n = 0; n < columns; n++) {
    uint32_t sum;
    memcpy(&sum, row + 4 * n, 4);
    for (int64_t k = 0; k < words; k++)
      for (int j = 0; j < 4; j++)
        sum += (uint32_t)(amx_byte(a[4 * k + j], signs & 2) * amx_byte(b[k][4 * n + j], signs & 1));
    memcpy(row + 4 * n, &sum, 4);
  }
}

/* The even columns' sum and the odd ones', each product joining in one rounding, then both. */
static void amx_bfloats_row(const uint8_t *a, int64_t words, const uint8_t (*b)[ROW_BYTES],
                            int64_t columns, uint8_t *row) {
  for (int64_t n = 0; n < columns; n++) {
    float sum, part[2] = {0, 0};
    for (int64_t k = 0; k < words; k++)
      for (int j = 0; j < 2; j++)
        part[j] = amx_flushed(__builtin_fmaf(amx_bfloat(a + 4 * k + 2 * j),
                                             amx_bfloat(b[k] + 4 * n + 2 * j), part[j]));
    memcpy(&sum, row + 4 * n, 4);
    sum = amx_flushed(amx_flushed(sum) + amx_flushed(part[0] + part[1]));
    memcpy(row + 4 * n, &sum, 4);
  }
}

static void amx_multiply(const amx_code_t *i, const uint8_t *code) {
  const int c = i->reg, a = i->rm, b = i->source;
  if (c == a || a == b || b == c) amx_fault("#UD: one tile twice", code);
  amx_need(a, code);
  amx_need(b, code);
  amx_need(c, code);
  if (amx.bytes[a] % 4 || amx.bytes[b] % 4 || amx.bytes[c] % 4)
    amx_fault("#UD: a row of part of a word", code);
  if (amx.rows[a] != amx.rows[c] || amx.bytes[a] / 4 != amx.rows[b] || amx.bytes[b] != amx.bytes[c])
    amx_fault("#UD: tiles that don't fit each other", code);
  const uint8_t (*weights)[ROW_BYTES] = (const uint8_t (*)[ROW_BYTES])amx.data[b];
  const int64_t words = amx.bytes[a] / 4, columns = amx.bytes[c] / 4;
  for (int m = 0; m < amx.rows[c]; m++) {
    if (i->opcode == 0x5c) {
      amx_bfloats_row(amx.data[a][m], words, weights, columns, amx.data[c][m]);
    } else {
      /* Which have signs: without a prefix none, with 66 b's, with F3 a's, with F2 both. */
      amx_bytes_row(amx.data[a][m], words, weights, i->prefix, columns, amx.data[c][m]);
    }
  }
  amx.start_row = 0;
}

enum { NONE = 0, P66 = 1, PF3 = 2, PF2 = 3 };

/* Whether it was one of AMX's. */
static int amx_run(const amx_code_t *i, const uint8_t *code) {
  const int memory = i->mode != 3;
  if (i->wide) return 0;
  if (i->opcode == 0x49 && memory && (i->reg & 7) == 0 && i->prefix == NONE) {
    amx_configure_tiles((const uint8_t *)i->base, code);
  } else if (i->opcode == 0x49 && memory && (i->reg & 7) == 0 && i->prefix == P66) {
    amx_keep_configuration((uint8_t *)i->base);
  } else if (i->opcode == 0x49 && !memory && i->prefix == NONE && code[4] == 0xc0) {
    memset(&amx, 0, sizeof amx);
  } else if (i->opcode == 0x49 && !memory && i->prefix == PF2 && (i->rm & 7) == 0) {
    amx_need(i->reg, code);
    memset(amx.data[i->reg], 0, sizeof amx.data[0]);
    amx.start_row = 0;
  } else if (i->opcode == 0x4b && memory && i->prefix != NONE && (i->rm & 7) == 4) {
    amx_move(i, i->prefix == PF3, code);
  } else if (i->opcode == 0x5e && !memory) {
    amx_multiply(i, code);
  } else if (i->opcode == 0x5c && !memory && i->prefix == PF3) {
    amx_multiply(i, code);
  } else {
    return 0;
  }
  return 1;
}

static void amx_on_signal(int signal, siginfo_t *info, void *context) {
  ucontext_t *at = context;
  const uint8_t *code = (const uint8_t *)at->uc_mcontext.gregs[REG_RIP];
  amx_code_t instruction;
  (void)signal;
  (void)info;
  if (!amx_decode(at, code, &instruction) || !amx_run(&instruction, code))
    amx_fault("an instruction that is none of AMX's", code);
  amx_done++;
  at->uc_mcontext.gregs[REG_RIP] += instruction.length;
}

static void amx_emulate(void) {
  struct sigaction action = {.sa_sigaction = amx_on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGILL, &action, NULL);
}
