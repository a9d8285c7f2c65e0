/* Stands in for NVIDIA's driver (libcuda.so.1) on a machine without a GPU: the functions that this project
   calls, as cuda.h says of them, and as late and as strict as it allows. Copies and launches run when
   somebody waits for them, errors of kernels show then and stay; nothing is taken for granted: contexts,
   streams, handles, sizes. What no GPU would say and is wrong all the same goes into the books, which have
   to be empty at the end (emulated_books). Runs what nvrtc.c, its compiler, made; proves nothing of speed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

#define EXPORT __attribute__((visibility("default")))
enum { DEVICES = 2, FIRST_HANDLE = 64, DEPTH = 16, BOOKS = 1 << 16 };

struct CUstream_st {
  CUcontext context;
  bool live;
  CUstream next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_initialised;
static struct CUctx_st contexts[DEVICES];
static _Thread_local CUcontext stack[DEPTH];
static _Thread_local int depth;
static CUstream streams;
static CUmodule modules;
static char books[BOOKS];
static int capability = 89, driver_version = 12090;

/* What only tests call. */
typedef struct {
  const char *function;
  CUresult status;
  int after;
} planned_failure;
static planned_failure failure;

EXPORT void emulated_gpu(int gpu_capability, int version);
EXPORT void emulated_fail(const char *function, int status, int after);
EXPORT void emulated_lose(int status);
EXPORT const char *emulated_books(void);

/* The GPU's compute capability (89) and the newest CUDA that its driver takes (12090). */
EXPORT void emulated_gpu(int gpu_capability, int version) {
  capability = gpu_capability;
  driver_version = version;
}

/* One call of a function gives this status, after so many that don't. */
EXPORT void emulated_fail(const char *function, int status, int after) {
  free((void *)(uintptr_t)failure.function);
  failure = (planned_failure){strdup(function), (CUresult)status, after};
}

/* The next kernel that runs ends like this, and takes its context with it. */
EXPORT void emulated_lose(int status) {
  queue_lose((CUresult)status);
}

void book(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  strcat(line, "\n");
  if (!strstr(books, line) && strlen(books) + strlen(line) < sizeof books) strcat(books, line);
}

/* What was wrong so far, and what is held still: a line each. */
EXPORT const char *emulated_books(void) {
  static char all[BOOKS + 4096];
  pthread_mutex_lock(&lock);
  int length = snprintf(all, sizeof all, "%s", books);
  for (int i = 0; i < DEVICES; i++) {
    if (contexts[i].references) {
      length += snprintf(all + length, sizeof all - (size_t)length, "context of GPU %d is retained %d times\n",
                         i, contexts[i].references);
    }
    size_t used = memory_used(&contexts[i]);
    if (used) length += snprintf(all + length, sizeof all - (size_t)length, "%zu buffers are not freed\n", used);
  }
  if (modules) snprintf(all + length, sizeof all - (size_t)length, "%s is not unloaded\n", modules->function.name);
  pthread_mutex_unlock(&lock);
  return all;
}

__attribute__((destructor)) static void tell(void) {
  const char *said = emulated_books();
  if (*said && getenv("EMULATED_CUDA_BOOKS")) fprintf(stderr, "books of the emulated driver:\n%s", said);
}

static void unlock(int *unused) {
  (void)unused;
  pthread_mutex_unlock(&lock);
}

static CUresult planned(const char *function) {
  if (failure.function && strcmp(failure.function, function) == 0 && failure.after-- == 0) return failure.status;
  return CUDA_SUCCESS;
}

static CUcontext current(void) {
  return depth ? stack[depth - 1] : NULL;
}

static CUresult in_context(void) {
  CUcontext context = current();
  if (!context) return CUDA_ERROR_INVALID_CONTEXT;
  return context->references ? context->lost : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

/* One thread at a time; what was planned to fail fails. */
#define BEGIN                                                            \
  __attribute__((cleanup(unlock))) int locked = 0;                       \
  (void)locked;                                                          \
  pthread_mutex_lock(&lock);                                             \
  CUresult status = planned(__func__);                                   \
  if (status == CUDA_SUCCESS && !is_initialised) status = CUDA_ERROR_NOT_INITIALIZED; \
  if (status) return status;
#define BEGIN_IN_CONTEXT     \
  BEGIN                      \
  status = in_context();     \
  if (status) return status;

EXPORT CUresult cuInit(unsigned int flags) {
  CUresult status = planned(__func__);
  if (status == CUDA_SUCCESS && flags) status = CUDA_ERROR_INVALID_VALUE;
  is_initialised = is_initialised || status == CUDA_SUCCESS;
  return status;
}

EXPORT CUresult cuGetErrorName(CUresult error, const char **name) {
#define NAMED(symbol, number) \
  case number: *name = #symbol; return CUDA_SUCCESS;
  switch ((int)error) {
    STATUSES(NAMED)
    default: *name = NULL; return CUDA_ERROR_INVALID_VALUE;
  }
}

EXPORT CUresult cuDriverGetVersion(int *version) {
  if (!version) return CUDA_ERROR_INVALID_VALUE;
  *version = driver_version;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int *count) {
  BEGIN
  *count = DEVICES;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGet(CUdevice *device, int number) {
  BEGIN
  if (number < 0 || number >= DEVICES) return CUDA_ERROR_INVALID_DEVICE;
  *device = FIRST_HANDLE + number;
  return CUDA_SUCCESS;
}

static bool is_device(CUdevice device) {
  return device >= FIRST_HANDLE && device < FIRST_HANDLE + DEVICES;
}

EXPORT CUresult cuDeviceGetName(char *name, int size, CUdevice device) {
  BEGIN
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  snprintf(name, (size_t)size, "emulated GPU %d (no silicon)", device - FIRST_HANDLE);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  BEGIN
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  switch ((int)attribute) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = capability / 10; return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *value = capability % 10; return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: *value = (int)MOST_ACROSS; return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: *value = (int)MOST_DOWN; return CUDA_SUCCESS;
    default: return CUDA_ERROR_INVALID_VALUE;
  }
}

EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  BEGIN
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  *context = &contexts[device - FIRST_HANDLE];
  if ((*context)->references++ == 0) (*context)->lost = CUDA_SUCCESS;
  return CUDA_SUCCESS;
}

static void unload(CUmodule module) {
  CUmodule *at = &modules;
  while (*at != module) at = &(*at)->next;
  *at = module->next;
  dlclose(module->library);
  free(module);
}

EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  BEGIN
  if (!is_device(device)) return CUDA_ERROR_INVALID_DEVICE;
  CUcontext context = &contexts[device - FIRST_HANDLE];
  if (!context->references) {
    book("a context is released once too often");
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  if (--context->references) return CUDA_SUCCESS;
  if (queue_has(context, NULL) && !context->lost) book("a context goes before its work is done");
  /* Nothing is told of work that can't be waited for any more. */
  queue_drain(context, NULL);
  if (memory_used(context) && !context->lost) book("%zu buffers go with their context", memory_used(context));
  memory_drop(context);
  for (CUmodule at = modules, after; at; at = after) {
    after = at->next;
    if (at->context != context) continue;
    if (!context->lost) book("%s goes with its context", at->function.name);
    unload(at);
  }
  return CUDA_SUCCESS;
}

static bool is_context(CUcontext context) {
  return context >= contexts && context < contexts + DEVICES;
}

EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  BEGIN
  if (context && !is_context(context)) return CUDA_ERROR_INVALID_CONTEXT;
  if (context && context->lost) return context->lost;
  depth -= depth > 0;
  if (context) stack[depth++] = context;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxGetCurrent(CUcontext *context) {
  BEGIN
  *context = current();
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxPushCurrent_v2(CUcontext context) {
  BEGIN
  if (!is_context(context) || depth == DEPTH) return CUDA_ERROR_INVALID_CONTEXT;
  if (!context->references) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  if (context->lost) return context->lost;
  stack[depth++] = context;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  BEGIN
  if (!depth) return CUDA_ERROR_INVALID_CONTEXT;
  CUcontext popped = stack[--depth];
  if (context) *context = popped;
  return popped->lost;
}

EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  BEGIN_IN_CONTEXT
  uintptr_t made;
  status = memory_allocate(current(), &made, size);
  if (!status) *address = made;
  return status;
}

/* "May perform implicit synchronization": it does here, and says what broke off before. */
EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  BEGIN_IN_CONTEXT
  status = queue_drain(current(), NULL);
  return status ? status : memory_free(current(), address);
}

static bool is_stream(CUstream stream) {
  for (CUstream at = streams; at; at = at->next) {
    if (at == stream) return at->live && at->context == current();
  }
  return stream == NULL;
}

static CUresult copy(kind way, uintptr_t device, void *host, size_t size, CUstream stream) {
  if (size == 0) return CUDA_SUCCESS;
  if (!is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
  bool is_theirs = host && !memory_is((uintptr_t)host), is_ours = memory_find(current(), device, size);
  if (!is_theirs || !is_ours) return CUDA_ERROR_INVALID_VALUE;
  operation what = {.kind = way, .context = current(), .stream = stream};
  what.host = host;
  what.device = device;
  what.size = size;
  return queue_add(&what);
}

EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, CUstream stream) {
  BEGIN_IN_CONTEXT
  return copy(TO_DEVICE, to, (void *)(uintptr_t)from, size, stream);
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, CUstream stream) {
  BEGIN_IN_CONTEXT
  return copy(TO_HOST, from, to, size, stream);
}

/* Whether this GPU and its driver take it. */
static CUresult suits(const emulated_image *head) {
  bool is_ptx = head->form == EMULATED_PTX;
  if (memcmp(head->magic, EMULATED_MAGIC, sizeof head->magic) != 0) return CUDA_ERROR_INVALID_IMAGE;
  if ((int)head->toolkit_major > driver_version / 1000) {
    return is_ptx ? CUDA_ERROR_UNSUPPORTED_PTX_VERSION : CUDA_ERROR_INVALID_IMAGE;
  }
  bool same = (int)head->capability / 10 == capability / 10;
  return (int)head->capability <= capability && (same || is_ptx) ? CUDA_SUCCESS : CUDA_ERROR_NO_BINARY_FOR_GPU;
}

static void *open_library(const emulated_image *head) {
  const char *temporary = getenv("TMPDIR");
  char path[256];
  snprintf(path, sizeof path, "%s/emulated-kernel-XXXXXX", temporary ? temporary : P_tmpdir);
  int file = mkstemp(path);
  bool whole = write(file, head + 1, head->size) == (ssize_t)head->size;
  close(file);
  void *library = whole ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) book("%s", dlerror());
  unlink(path);
  return library;
}

EXPORT CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  BEGIN_IN_CONTEXT
  const emulated_image *head = image;
  status = head ? suits(head) : CUDA_ERROR_INVALID_VALUE;
  if (status) return status;
  void *library = open_library(head);
  if (!library) return CUDA_ERROR_INVALID_IMAGE;
  ((void (*)(void))dlsym(library, "emulated_enter"))();
  CUmodule made = calloc(1, sizeof *made);
  *made = (struct CUmod_st){.context = current(), .library = library, .next = modules};
  made->device = dlsym(library, "emulated");
  made->threads = head->threads;
  made->function = (struct CUfunc_st){made, NULL, "a module"};
  modules = made;
  *module = made;
  return CUDA_SUCCESS;
}

static bool is_module(CUmodule module) {
  for (CUmodule at = modules; at; at = at->next) {
    if (at == module) return at->context == current();
  }
  return false;
}

EXPORT CUresult cuModuleUnload(CUmodule module) {
  BEGIN_IN_CONTEXT
  if (!is_module(module)) {
    book("a module is unloaded twice");
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (queue_has(current(), module)) book("%s is unloaded before it ran", module->function.name);
  queue_drain(current(), NULL);
  unload(module);
  return CUDA_SUCCESS;
}

EXPORT CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  BEGIN_IN_CONTEXT
  if (!is_module(module)) return CUDA_ERROR_INVALID_HANDLE;
  char symbol[160];
  snprintf(symbol, sizeof symbol, "emulated_kernel_%s", name);
  module->function.kernel = dlsym(module->library, symbol);
  snprintf(module->function.name, sizeof module->function.name, "%s", name);
  *function = &module->function;
  return module->function.kernel ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

/* A copy of each value, as a launch makes one. */
static CUresult take(launch *made, void **values) {
  const emulated_kernel *kernel = made->function->kernel;
  if (kernel->parameters > MOST_PARAMETERS || (kernel->parameters && !values)) return CUDA_ERROR_INVALID_VALUE;
  for (int i = 0; i < kernel->parameters; i++) {
    if (!values[i]) return CUDA_ERROR_INVALID_VALUE;
    size_t size = (size_t)kernel->parameter[i].size;
    if ((uintptr_t)values[i] % size) book("%s: value %d is not aligned", made->function->name, i);
    memcpy(&made->values[i], values[i], size);
  }
  for (int i = 0; i < kernel->parameters; i++) {
    for (int k = 0; k < kernel->parameters; k++) {
      bool pointers = kernel->parameter[i].kind == EMULATED_WRITTEN && kernel->parameter[k].kind != EMULATED_SCALAR;
      if (k != i && pointers && made->values[i] == made->values[k]) {
        book("%s: what __restrict__ promises is broken by values %d and %d", made->function->name, i, k);
      }
    }
  }
  return CUDA_SUCCESS;
}

EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned int blocks_x, unsigned int blocks_y,
                               unsigned int blocks_z, unsigned int threads_x,
                               unsigned int threads_y, unsigned int threads_z,
                               unsigned int shared, CUstream stream, void **values, void **extra) {
  BEGIN_IN_CONTEXT
  bool known = false;
  for (CUmodule at = modules; at; at = at->next) known = known || function == &at->function;
  if (!known || !is_stream(stream) || function->module->context != current()) return CUDA_ERROR_INVALID_HANDLE;
  uint64_t threads = (uint64_t)threads_x * threads_y * threads_z;
  size_t fixed = (size_t)(function->module->device->shared_end - function->module->device->shared);
  bool fits = blocks_x && blocks_y && blocks_z && threads && blocks_x <= MOST_ACROSS && blocks_y <= MOST_DOWN &&
              blocks_z <= MOST_DOWN && threads_x <= MOST_THREADS && threads_y <= MOST_THREADS &&
              threads_z <= MOST_DEEP && threads <= MOST_THREADS && threads <= function->module->threads &&
              shared + fixed <= MOST_SHARED && !extra;
  if (!fits) return CUDA_ERROR_INVALID_VALUE;
  operation what = {.kind = LAUNCH, .context = current(), .stream = stream};
  what.launch.function = function;
  what.launch.blocks = (emulated_dim3){blocks_x, blocks_y, blocks_z};
  what.launch.threads = (emulated_dim3){threads_x, threads_y, threads_z};
  status = take(&what.launch, values);
  return status ? status : queue_add(&what);
}

EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned int flags) {
  BEGIN_IN_CONTEXT
  (void)flags;
  *stream = malloc(sizeof **stream);
  **stream = (struct CUstream_st){current(), true, streams};
  streams = *stream;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  BEGIN_IN_CONTEXT
  if (!stream || !is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
  queue_drain(current(), stream);
  stream->live = false;
  return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamSynchronize(CUstream stream) {
  BEGIN_IN_CONTEXT
  if (!is_stream(stream)) return CUDA_ERROR_INVALID_HANDLE;
  return queue_drain(current(), stream);
}
