/* Device memory: a range of addresses of its own, closed to the host, in which none is given twice. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "driver.h"

enum { ALIGNMENT = 512, UNDEFINED_BYTE = 0xff };
static const size_t SPACE = (size_t)8 << 30, LIMIT = (size_t)64 << 20;

static char *space;
static size_t given, held;
static allocation *all;
static size_t count, room;

static size_t rounded(size_t size) {
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void memory_open(bool open) {
  if (given) mprotect(space, (given + 0xffff) & ~(size_t)0xffff, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

bool memory_is(uintptr_t address) {
  return space && address - (uintptr_t)space < SPACE;
}

CUresult memory_allocate(CUcontext context, uintptr_t *address, size_t size) {
  if (size == 0) return CUDA_ERROR_INVALID_VALUE;
  if (!space) {
    void *mapped =
        mmap(NULL, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return CUDA_ERROR_OUT_OF_MEMORY;
    space = mapped;
  }
  if (size > LIMIT - held || rounded(size) + ALIGNMENT > SPACE - given) return CUDA_ERROR_OUT_OF_MEMORY;
  if (count == room) {
    room = 2 * room + 64;
    all = realloc(all, room * sizeof *all);
  }
  allocation *made = &all[count++];
  *made = (allocation){(uintptr_t)space + given, size, context, true,
                       calloc(size / 4 + 1, sizeof(word_marks))};
  /* What lies between is nobody's. */
  given += rounded(size) + ALIGNMENT;
  held += size;
  memory_open(true);
  memset((void *)made->base, UNDEFINED_BYTE, size);
  memory_open(false);
  *address = made->base;
  return CUDA_SUCCESS;
}

static void release(allocation *which) {
  which->live = false;
  held -= which->size;
  free(which->marks);
  which->marks = NULL;
  const uintptr_t page = 4096;
  uintptr_t from = (which->base + page - 1) / page * page, to = (which->base + which->size) / page * page;
  if (from < to) madvise((void *)from, to - from, MADV_DONTNEED);
}

allocation *memory_find(CUcontext context, uintptr_t address, size_t size) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (all[middle].base <= address) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return NULL;
  allocation *found = &all[low - 1];
  size_t offset = address - found->base;
  bool inside = offset <= found->size && size <= found->size - offset;
  return inside && found->live && found->context == context ? found : NULL;
}

CUresult memory_free(CUcontext context, uintptr_t address) {
  for (size_t i = 0; i < count; i++) {
    if (all[i].base == address && all[i].context == context) {
      if (!all[i].live) {
        book("memory freed twice");
        return CUDA_ERROR_INVALID_VALUE;
      }
      release(&all[i]);
      return CUDA_SUCCESS;
    }
  }
  book("freed at an address that was never given");
  return CUDA_ERROR_INVALID_VALUE;
}

size_t memory_used(CUcontext context) {
  size_t live = 0;
  for (size_t i = 0; i < count; i++) live += all[i].live && all[i].context == context;
  return live;
}

void memory_drop(CUcontext context) {
  for (size_t i = 0; i < count; i++) {
    if (all[i].live && all[i].context == context) release(&all[i]);
  }
}
