/* What a kernel that the emulated NVRTC compiled and the emulated driver know of each other. */
#pragma once
#include <stdint.h>

typedef struct {
  uint32_t x, y, z;
} emulated_dim3;

/* What a parameter of a kernel is. */
enum { EMULATED_SCALAR, EMULATED_READ, EMULATED_WRITTEN };

typedef struct {
  int32_t size, kind;
} emulated_parameter;

typedef struct {
  int32_t parameters;
  const emulated_parameter *parameter;
  void (*run)(void **values);
} emulated_kernel;

/* One for each library of kernels: its registers, and where it reports what it does. */
typedef struct {
  emulated_dim3 thread, block, threads, blocks;
  const char *shared, *shared_end;
  void (*access)(uintptr_t address, uint32_t size, int writes);
  void (*barrier)(int line);
  void (*undefined)(const char *what, const char *file, uint32_t line, int ends);
} emulated_device;

/* In front of the library, so that what was cut short or comes from elsewhere is known. */
enum { EMULATED_CUBIN = 0x4e494243, EMULATED_PTX = 0x20585450 };

typedef struct {
  char magic[8];
  uint32_t form, capability, toolkit_major, toolkit_minor, threads;
  uint64_t size;
} emulated_image;

#define EMULATED_MAGIC "EMULATED"
