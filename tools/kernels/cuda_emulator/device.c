/* Linked into every emulated kernel: its registers and shared memory, and what the instrumentation that
   the compiler puts before each load, store and operation calls. */
#include "device.h"

#define EXPORT __attribute__((visibility("default")))

extern const char __start_emulated_shared[] __attribute__((weak, visibility("hidden")));
extern const char __stop_emulated_shared[] __attribute__((weak, visibility("hidden")));

EXPORT emulated_device emulated;

EXPORT void emulated_enter(void) {
  emulated.shared = __start_emulated_shared;
  emulated.shared_end = __stop_emulated_shared;
}

void emulated_barrier(int line) {
  emulated.barrier(line);
}

static void access(const void *at, uint32_t size, int writes) {
  uintptr_t address = (uintptr_t)at, registers = (uintptr_t)&emulated;
  if (writes || address - registers >= sizeof emulated) emulated.access(address, size, writes);
}

/* -fsanitize=thread */
void __tsan_init(void) {}
void __tsan_func_entry(void *place) { (void)place; }
void __tsan_func_exit(void) {}
#define ACCESS(size)                                                          \
  void __tsan_read##size(const void *at) { access(at, size, 0); }             \
  void __tsan_write##size(const void *at) { access(at, size, 1); }            \
  void __tsan_unaligned_read##size(const void *at) { access(at, size, 0); }   \
  void __tsan_unaligned_write##size(const void *at) { access(at, size, 1); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
void __tsan_read_range(const void *at, uintptr_t size) { access(at, (uint32_t)size, 0); }
void __tsan_write_range(const void *at, uintptr_t size) { access(at, (uint32_t)size, 1); }
void *__tsan_memset(void *to, int byte, uintptr_t size) {
  access(to, (uint32_t)size, 1);
  return __builtin_memset(to, byte, size);
}
void *__tsan_memcpy(void *to, const void *from, uintptr_t size) {
  access(from, (uint32_t)size, 0);
  access(to, (uint32_t)size, 1);
  return __builtin_memcpy(to, from, size);
}

/* -fsanitize=undefined: all that C leaves open and NVIDIA's compiler may take for impossible. */
typedef struct {
  const char *file;
  uint32_t line, column;
} place;

#define UNDEFINED(name, what, ends)                                            \
  void __ubsan_handle_##name(const place *at, uintptr_t a, uintptr_t b) {      \
    (void)a, (void)b;                                                          \
    emulated.undefined(what, at->file, at->line, ends);                        \
  }
UNDEFINED(add_overflow, "signed overflow of a sum", 0)
UNDEFINED(sub_overflow, "signed overflow of a difference", 0)
UNDEFINED(mul_overflow, "signed overflow of a product", 0)
UNDEFINED(negate_overflow, "signed overflow of a negation", 0)
UNDEFINED(divrem_overflow, "division by zero or beyond the largest number", 0)
UNDEFINED(shift_out_of_bounds, "a shift by more bits than there are", 0)
UNDEFINED(out_of_bounds, "an index outside its array", 1)
UNDEFINED(float_cast_overflow, "a number that its integer can't hold", 0)
