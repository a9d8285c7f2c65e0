/* Runs a launch: the groups one after the other, a group's threads as fibers that wait at barriers, now in
   one order and now in another. Between barriers, who touched a word is remembered, so that a missing
   barrier is found in whatever order they ran. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "driver.h"

enum { STACK = 256 << 10, SHARED_POISON = 0xff };

typedef struct {
  ucontext_t context;
  char *stack;
  uint32_t thread;
  int line;
  bool is_made, waits;
} fiber;

static fiber fibers[MOST_THREADS];
static ucontext_t scheduler;
static fiber *running;

static const launch *current;
static const struct CUfunc_st *function;
static emulated_device *device;
static uint32_t launches = 1, block_serial, block_number, epoch;
static uint32_t order[MOST_THREADS], next, threads;
static CUresult fault;
static allocation *last;
static word_marks shared_marks[MOST_SHARED / 4];
static uint64_t seed = 88172645463325252u;

static uint32_t below(uint32_t limit) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)(seed >> 33) % limit;
}

/* Forward, backward, at random: by the launch's number. */
static void arrange(uint32_t *what, uint32_t size) {
  for (uint32_t i = size; i > 1 && launches % 3 == 1; i--) {
    uint32_t other = below(i), kept = what[i - 1];
    what[i - 1] = what[other];
    what[other] = kept;
  }
  for (uint32_t i = 0; i < size / 2 && launches % 3 == 2; i++) {
    uint32_t kept = what[i];
    what[i] = what[size - 1 - i];
    what[size - 1 - i] = kept;
  }
}

static void set_registers(uint32_t thread) {
  uint32_t x = current->threads.x, y = current->threads.y;
  device->thread = (emulated_dim3){thread % x, thread / x % y, thread / x / y};
}

/* Ends the launch: the fiber that runs is never resumed. */
static void break_off(CUresult why) {
  fault = why;
  running->is_made = false;
  swapcontext(&running->context, &scheduler);
}

enum { MANY = 0xffffffffu };

/* Whether two threads touched the same word with nothing between them. */
static bool races(const mark *before, uint32_t stamp) {
  return before->launch == stamp && (before->block != block_number ||
                                     (before->epoch == epoch && before->thread != running->thread));
}

static void touch(word_marks *word, uint32_t stamp, bool writes, const char *where, size_t at) {
  if (races(&word->written, stamp) || (writes && races(&word->read, stamp))) {
    book("%s: two items touch word %zu of %s, one of them writes, and no barrier is between",
         function->name, at, where);
  }
  mark now = {stamp, block_number, running->thread, epoch};
  if (writes) {
    word->written = now;
    return;
  }
  if (word->written.launch == 0) book("%s: reads word %zu of %s before it is written", function->name, at, where);
  mark *read = &word->read;
  if (read->launch == stamp && read->block != block_number) {
    read->block = MANY;
  } else if (read->launch == stamp && read->epoch == epoch && read->thread != running->thread) {
    read->thread = MANY;
  } else if (read->launch != stamp || read->block != MANY) {
    *read = now;
  }
}

static void access(uintptr_t address, uint32_t size, int writes) {
  /* Of ranges, each word is an access. */
  if (address % (size <= 16 ? size : 4)) break_off(CUDA_ERROR_MISALIGNED_ADDRESS);
  uintptr_t shared = (uintptr_t)device->shared, stack = (uintptr_t)running->stack;
  size_t shared_size = (size_t)(device->shared_end - device->shared);
  if (address - shared < shared_size) {
    for (size_t at = (address - shared) / 4; at * 4 < address - shared + size; at++) {
      word_marks *word = &shared_marks[at];
      /* Of an earlier group: nobody wrote it in this one. */
      if (word->written.launch != block_serial) word->written.launch = 0;
      touch(word, block_serial, writes, "shared memory", at);
    }
    return;
  }
  if (address - stack < STACK) return;
  bool is_last = last && address - last->base < last->size && size <= last->size - (address - last->base);
  if (!is_last) {
    last = memory_find(function->module->context, address, size);
    if (!last) {
      book("%s: %s outside all buffers%s", function->name, writes ? "writes" : "reads",
           memory_is(address) ? "" : ", in the host's memory");
      break_off(CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }
  for (size_t at = (address - last->base) / 4; at * 4 < address - last->base + size; at++) {
    touch(&last->marks[at], launches, writes, "a buffer", at);
  }
}

static void undefined(const char *what, const char *file, uint32_t line, int ends) {
  book("%s: %s, %s line %u", function->name, what, file, line);
  if (ends) break_off(CUDA_ERROR_ILLEGAL_ADDRESS);
}

static void barrier(int line) {
  running->line = line;
  running->waits = true;
  swapcontext(&running->context, &scheduler);
}

/* Runs threads that nobody has begun, until one waits at a barrier. */
static void fiber_main(void) {
  fiber *self = running;
  for (;;) {
    while (next < threads) {
      self->thread = order[next++];
      set_registers(self->thread);
      void *values[MOST_PARAMETERS];
      for (int i = 0; i < MOST_PARAMETERS; i++) values[i] = (void *)(uintptr_t)&current->values[i];
      function->kernel->run(values);
    }
    swapcontext(&self->context, &scheduler);
  }
}

static void resume(fiber *which) {
  running = which;
  which->waits = false;
  swapcontext(&scheduler, &which->context);
}

static fiber *made(uint32_t number) {
  fiber *which = &fibers[number];
  if (!which->stack) {
    which->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  if (!which->is_made) {
    which->is_made = true;
    getcontext(&which->context);
    which->context.uc_stack.ss_sp = which->stack;
    which->context.uc_stack.ss_size = STACK;
    which->context.uc_link = &scheduler;
    makecontext(&which->context, fiber_main, 0);
  }
  return which;
}

static void check_barrier(const uint32_t *waiting, uint32_t count) {
  if (count != threads) book("%s: %u of %u items reach a barrier", function->name, count, threads);
  for (uint32_t i = 1; i < count; i++) {
    if (fibers[waiting[i]].line != fibers[waiting[0]].line) {
      book("%s: items wait at different barriers", function->name);
      return;
    }
  }
}

static void run_block(void) {
  block_serial++;
  epoch = 0;
  next = 0;
  for (uint32_t i = 0; i < threads; i++) order[i] = i;
  arrange(order, threads);
  memset((void *)(uintptr_t)device->shared, SHARED_POISON, (size_t)(device->shared_end - device->shared));
  uint32_t waiting[MOST_THREADS], count = 0;
  while (next < threads && !fault) {
    resume(made(count));
    if (fibers[count].waits) waiting[count] = count, count++;
  }
  while (count && !fault) {
    check_barrier(waiting, count);
    epoch++;
    arrange(waiting, count);
    uint32_t still = 0;
    for (uint32_t i = 0; i < count && !fault; i++) {
      fiber *which = &fibers[waiting[i]];
      running = which;
      set_registers(which->thread);
      resume(which);
      if (which->waits) waiting[still++] = waiting[i];
    }
    count = still;
  }
  /* Of a launch that broke off, none goes on. */
  for (uint32_t i = 0; i < threads && fault; i++) fibers[i].is_made = false;
}

CUresult grid_run(const launch *what) {
  current = what;
  function = what->function;
  device = function->module->device;
  device->access = access;
  device->barrier = barrier;
  device->undefined = undefined;
  device->blocks = what->blocks;
  device->threads = what->threads;
  threads = what->threads.x * what->threads.y * what->threads.z;
  fault = CUDA_SUCCESS;
  last = NULL;
  launches++;
  uint64_t down = what->blocks.x, deep = down * what->blocks.y, all = deep * what->blocks.z;
  for (uint64_t i = 0; i < all && !fault; i++) {
    uint64_t block = launches % 3 == 2 ? all - 1 - i : i;
    block_number = (uint32_t)block;
    device->block.x = (uint32_t)(block % down);
    device->block.y = (uint32_t)(block % deep / down);
    device->block.z = (uint32_t)(block / deep);
    run_block();
  }
  return fault;
}
