/* The emulated driver's parts: memory and grid for its functions in driver.c. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

#ifdef NVIDIA_HEADERS
#include <cuda.h>
#else
typedef int CUresult, CUdevice, CUdevice_attribute;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
#endif

/* All that CudaStatus.java has a word for, and what the emulation gives. */
#define STATUSES(X)                                                                            \
  X(CUDA_SUCCESS, 0)                                                                           \
  X(CUDA_ERROR_INVALID_VALUE, 1)                                                               \
  X(CUDA_ERROR_OUT_OF_MEMORY, 2)                                                               \
  X(CUDA_ERROR_NOT_INITIALIZED, 3)                                                             \
  X(CUDA_ERROR_STUB_LIBRARY, 34)                                                               \
  X(CUDA_ERROR_DEVICE_UNAVAILABLE, 46)                                                         \
  X(CUDA_ERROR_NO_DEVICE, 100)                                                                 \
  X(CUDA_ERROR_INVALID_DEVICE, 101)                                                            \
  X(CUDA_ERROR_INVALID_IMAGE, 200)                                                             \
  X(CUDA_ERROR_INVALID_CONTEXT, 201)                                                           \
  X(CUDA_ERROR_NO_BINARY_FOR_GPU, 209)                                                         \
  X(CUDA_ERROR_ECC_UNCORRECTABLE, 214)                                                         \
  X(CUDA_ERROR_INVALID_PTX, 218)                                                               \
  X(CUDA_ERROR_JIT_COMPILER_NOT_FOUND, 221)                                                    \
  X(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222)                                                   \
  X(CUDA_ERROR_INVALID_HANDLE, 400)                                                            \
  X(CUDA_ERROR_NOT_FOUND, 500)                                                                 \
  X(CUDA_ERROR_ILLEGAL_ADDRESS, 700)                                                           \
  X(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, 701)                                                   \
  X(CUDA_ERROR_LAUNCH_TIMEOUT, 702)                                                            \
  X(CUDA_ERROR_CONTEXT_IS_DESTROYED, 709)                                                      \
  X(CUDA_ERROR_HARDWARE_STACK_ERROR, 714)                                                      \
  X(CUDA_ERROR_ILLEGAL_INSTRUCTION, 715)                                                       \
  X(CUDA_ERROR_MISALIGNED_ADDRESS, 716)                                                        \
  X(CUDA_ERROR_LAUNCH_FAILED, 719)                                                             \
  X(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803)                                                    \
  X(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, 804)                                            \
  X(CUDA_ERROR_UNKNOWN, 999)

#ifdef NVIDIA_HEADERS
#define HELD_AGAINST(name, number) _Static_assert(name == number, #name);
STATUSES(HELD_AGAINST)
#else
#define DECLARED(name, number) name = number,
enum { STATUSES(DECLARED) };
enum {
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X = 5,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
  CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76
};
#endif

/* A real device's, of every capability from 3.0 on. */
enum { MOST_THREADS = 1024, MOST_DEEP = 64, MOST_SHARED = 48 << 10, MOST_PARAMETERS = 32 };
#define MOST_ACROSS 0x7fffffffu
#define MOST_DOWN 65535u

/* Who touched a word last: launch 0 is nobody, 1 the host. */
typedef struct {
  uint32_t launch, block, thread, epoch;
} mark;

typedef struct {
  mark written, read;
} word_marks;

typedef struct {
  uintptr_t base;
  size_t size;
  CUcontext context;
  bool live;
  word_marks *marks;
} allocation;

struct CUfunc_st {
  CUmodule module;
  const emulated_kernel *kernel;
  char name[128];
};

struct CUmod_st {
  CUcontext context;
  void *library;
  emulated_device *device;
  uint32_t threads;
  struct CUfunc_st function;
  CUmodule next;
};

typedef struct {
  CUfunction function;
  emulated_dim3 blocks, threads;
  uint64_t values[MOST_PARAMETERS];
} launch;

struct CUctx_st {
  int references;
  CUresult lost;
};

typedef enum { TO_DEVICE, TO_HOST, LAUNCH } kind;

typedef struct operation {
  kind kind;
  CUcontext context;
  CUstream stream;
  void *host;
  uintptr_t device;
  size_t size;
  launch launch;
  bool is_due;
  struct operation *next;
} operation;

/* What no GPU would say and is wrong all the same: into the books. */
void book(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory, at addresses that nobody but a running kernel or copy can touch. */
CUresult memory_allocate(CUcontext context, uintptr_t *address, size_t size);
CUresult memory_free(CUcontext context, uintptr_t address);
/* The allocation that all of these bytes are in, or NULL. */
allocation *memory_find(CUcontext context, uintptr_t address, size_t size);
bool memory_is(uintptr_t address);
void memory_open(bool open);
size_t memory_used(CUcontext context);
void memory_drop(CUcontext context);

/* Runs all groups of a launch; CUDA_SUCCESS, or why it broke off. */
CUresult grid_run(const launch *what);

/* Copies and launches in their order. */
CUresult queue_add(const operation *what);
/* Runs what the stream, or NULL, waits for. What breaks off takes the context with it. */
CUresult queue_drain(CUcontext context, CUstream stream);
/* Whether anything of a context is left, of a module if that is given. */
bool queue_has(CUcontext context, CUmodule module);
/* The next kernel that runs ends like this. */
void queue_lose(CUresult status);
