/* Stands in for NVRTC (libnvrtc): compiles CUDA C with the host's C++ compiler behind language.hpp, into a
   library that the emulated driver (driver.c) runs. Every load, store and operation that C leaves open is
   instrumented. Knows the options that this project gives, and no others. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"

#ifdef NVIDIA_HEADERS
#include <nvrtc.h>
#else
typedef struct _nvrtcProgram *nvrtcProgram;
typedef enum {
  NVRTC_SUCCESS = 0,
  NVRTC_ERROR_OUT_OF_MEMORY = 1,
  NVRTC_ERROR_INVALID_INPUT = 3,
  NVRTC_ERROR_INVALID_PROGRAM = 4,
  NVRTC_ERROR_INVALID_OPTION = 5,
  NVRTC_ERROR_COMPILATION = 6,
  NVRTC_ERROR_INTERNAL_ERROR = 11
} nvrtcResult;
#endif

#define EXPORT __attribute__((visibility("default")))
enum { MOST_PROGRAMS = 16, MOST_ARCHITECTURES = 32 };

/* The declarations that only tests call. */
EXPORT void emulated_toolkit(int major, int minor, int count, const int *capabilities);
EXPORT int emulated_programs(void);

struct _nvrtcProgram {
  bool live;
  char *source, *log, *image;
  char name[128];
  size_t size;
  bool is_ptx;
};

static struct _nvrtcProgram programs[MOST_PROGRAMS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int major_version = 12, minor_version = 9;
static int architectures[MOST_ARCHITECTURES] = {50, 60, 70, 75, 80, 86, 89, 90, 100, 120};
static int architecture_count = 10;

EXPORT void emulated_toolkit(int major, int minor, int count, const int *capabilities) {
  major_version = major;
  minor_version = minor;
  architecture_count = count;
  memcpy(architectures, capabilities, (size_t)count * sizeof *capabilities);
}

/* How many programs were created and not destroyed. */
EXPORT int emulated_programs(void) {
  int count = 0;
  for (int i = 0; i < MOST_PROGRAMS; i++) count += programs[i].live;
  return count;
}

EXPORT const char *nvrtcGetErrorString(nvrtcResult result) {
  switch (result) {
    case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
    case NVRTC_ERROR_OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
    case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
    case NVRTC_ERROR_INTERNAL_ERROR: return "NVRTC_ERROR_INTERNAL_ERROR";
    default: return "NVRTC_ERROR unknown";
  }
}

EXPORT nvrtcResult nvrtcVersion(int *major, int *minor) {
  if (!major || !minor) return NVRTC_ERROR_INVALID_INPUT;
  *major = major_version;
  *minor = minor_version;
  return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetNumSupportedArchs(int *count) {
  if (!count) return NVRTC_ERROR_INVALID_INPUT;
  *count = architecture_count;
  return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetSupportedArchs(int *all) {
  if (!all) return NVRTC_ERROR_INVALID_INPUT;
  memcpy(all, architectures, (size_t)architecture_count * sizeof *all);
  return NVRTC_SUCCESS;
}

static bool is_live(nvrtcProgram program) {
  return program >= programs && program < programs + MOST_PROGRAMS && program->live;
}

EXPORT nvrtcResult nvrtcCreateProgram(nvrtcProgram *made, const char *source, const char *name,
                                      int headers, const char *const *header,
                                      const char *const *include) {
  if (!made || !source || headers || header || include) return NVRTC_ERROR_INVALID_INPUT;
  pthread_mutex_lock(&lock);
  nvrtcProgram program = NULL;
  for (int i = 0; i < MOST_PROGRAMS && !program; i++) {
    if (!programs[i].live) program = &programs[i];
  }
  if (program) {
    memset(program, 0, sizeof *program);
    program->live = true;
    program->source = strdup(source);
    program->log = strdup("");
    snprintf(program->name, sizeof program->name, "%s", name ? name : "default_program");
  }
  pthread_mutex_unlock(&lock);
  *made = program;
  return program ? NVRTC_SUCCESS : NVRTC_ERROR_OUT_OF_MEMORY;
}

EXPORT nvrtcResult nvrtcDestroyProgram(nvrtcProgram *program) {
  if (!program || !is_live(*program)) return NVRTC_ERROR_INVALID_PROGRAM;
  free((*program)->source);
  free((*program)->log);
  free((*program)->image);
  (*program)->live = false;
  *program = NULL;
  return NVRTC_SUCCESS;
}

static void say(nvrtcProgram program, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  free(program->log);
  if (vasprintf(&program->log, format, arguments) < 0) program->log = NULL;
  va_end(arguments);
}

/* The whole file, and a 0 behind it. */
static char *contents(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *all = malloc(*size + 1);
  if (all && fread(all, 1, *size, file) != *size) *size = 0;
  if (all) all[*size] = 0;
  fclose(file);
  return all;
}

/* Where device.o and language.hpp are: beside this library. */
static void home(char *folder, size_t size) {
  Dl_info self;
  dladdr((void *)(uintptr_t)&nvrtcVersion, &self);
  snprintf(folder, size, "%s", self.dli_fname);
  char *slash = strrchr(folder, '/');
  if (slash) *slash = 0;
}

/* The source, its line numbers as they were, and an entry for each kernel in it. */
static bool write_source(nvrtcProgram program, const char *path, uint32_t *threads) {
  FILE *file = fopen(path, "w");
  if (!file) return false;
  fprintf(file, "#include \"language.hpp\"\n#line 1 \"%s\"\n%s\n", program->name, program->source);
  for (const char *at = program->source; (at = strstr(at, "__global__")); at++) {
    const char *bounds = strstr(at, "__launch_bounds__("), *type = strstr(at, "void ");
    char name[128];
    if (type && sscanf(type, "void %127[A-Za-z0-9_]", name) == 1) {
      fprintf(file, "EMULATED_KERNEL(%s)\n", name);
      if (bounds && bounds < type) *threads = (uint32_t)atoi(bounds + strlen("__launch_bounds__("));
    }
  }
  return fclose(file) == 0;
}

extern char **environ;

static bool run_compiler(const char *const *command, const char *log) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process;
  int failed = posix_spawnp(&process, command[0], &files, NULL, (char *const *)command, environ);
  posix_spawn_file_actions_destroy(&files);
  int status = -1;
  return !failed && waitpid(process, &status, 0) == process && status == 0;
}

static nvrtcResult compile_in(nvrtcProgram program, const char *folder, uint32_t capability) {
  char here[4096], include[4200], device[4200], source[256], library[256], log[256];
  home(here, sizeof here);
  snprintf(include, sizeof include, "-I%s", here);
  snprintf(device, sizeof device, "%s/device.o", here);
  snprintf(source, sizeof source, "%s/kernel.cpp", folder);
  snprintf(library, sizeof library, "%s/kernel.so", folder);
  snprintf(log, sizeof log, "%s/log", folder);
  uint32_t threads = 1024;
  if (!write_source(program, source, &threads)) return NVRTC_ERROR_INTERNAL_ERROR;
  const char *compiler = getenv("CXX");
  /* NVRTC fuses products and sums (-fmad=true), too; functions of maths are the ones of this system. */
  const char *command[] = {
      compiler && *compiler ? compiler : "c++", "-std=gnu++20", "-O1", "-w", "-shared", "-fPIC", "-nostdlib",
      "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-fno-math-errno", "-ffp-contract=fast",
      "-fsanitize=thread,signed-integer-overflow,integer-divide-by-zero,shift-exponent,bounds,"
      "float-cast-overflow",
      include, source, device, "-o", library, "-Wl,-Bsymbolic", "-lm",
#ifdef __x86_64__
      "-march=native",
#endif
      NULL};
  size_t size;
  if (!run_compiler(command, log)) {
    char *said = contents(log, &size);
    say(program, "%s", said ? said : "error: no C++ compiler");
    free(said);
    return NVRTC_ERROR_COMPILATION;
  }
  char *code = contents(library, &size);
  program->size = sizeof(emulated_image) + size;
  program->image = calloc(1, program->size);
  if (!code || !program->image) return NVRTC_ERROR_OUT_OF_MEMORY;
  emulated_image head = {.form = program->is_ptx ? EMULATED_PTX : EMULATED_CUBIN,
                         .capability = capability,
                         .toolkit_major = (uint32_t)major_version,
                         .toolkit_minor = (uint32_t)minor_version,
                         .threads = threads,
                         .size = size};
  memcpy(head.magic, EMULATED_MAGIC, sizeof head.magic);
  memcpy(program->image, &head, sizeof head);
  memcpy(program->image + sizeof head, code, size);
  free(code);
  return NVRTC_SUCCESS;
}

static bool knows(int capability) {
  for (int i = 0; i < architecture_count; i++) {
    if (architectures[i] == capability) return true;
  }
  return false;
}

EXPORT nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char *const *options) {
  if (!is_live(program)) return NVRTC_ERROR_INVALID_PROGRAM;
  int capability = 0;
  for (int i = 0; i < count; i++) {
    if (sscanf(options[i], "--gpu-architecture=sm_%d", &capability) == 1) {
      program->is_ptx = false;
    } else if (sscanf(options[i], "--gpu-architecture=compute_%d", &capability) == 1) {
      program->is_ptx = true;
    } else if (strcmp(options[i], "-default-device") != 0) {
      say(program, "nvrtc: error: unrecognized option %s found", options[i]);
      return NVRTC_ERROR_INVALID_OPTION;
    }
  }
  if (!knows(capability)) {
    say(program, "nvrtc: error: invalid value for --gpu-architecture (-arch)\n");
    return NVRTC_ERROR_INVALID_OPTION;
  }
  const char *temporary = getenv("TMPDIR");
  char folder[200];
  snprintf(folder, sizeof folder, "%s/emulated-nvrtc-XXXXXX", temporary ? temporary : P_tmpdir);
  if (!mkdtemp(folder)) return NVRTC_ERROR_INTERNAL_ERROR;
  nvrtcResult result = compile_in(program, folder, (uint32_t)capability);
  static const char *const left[] = {"kernel.cpp", "kernel.so", "log"};
  for (int i = 0; i < 3; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, left[i]);
    unlink(path);
  }
  rmdir(folder);
  return result;
}

EXPORT nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t *size) {
  if (!is_live(program)) return NVRTC_ERROR_INVALID_PROGRAM;
  *size = strlen(program->log) + 1;
  return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char *log) {
  if (!is_live(program)) return NVRTC_ERROR_INVALID_PROGRAM;
  memcpy(log, program->log, strlen(program->log) + 1);
  return NVRTC_SUCCESS;
}

static nvrtcResult image_size(nvrtcProgram program, bool ptx, size_t *size) {
  if (!is_live(program) || !program->image) return NVRTC_ERROR_INVALID_PROGRAM;
  /* As NVRTC: no machine code for an architecture that isn't of silicon. */
  *size = program->is_ptx == ptx ? program->size : 0;
  return NVRTC_SUCCESS;
}

static nvrtcResult image(nvrtcProgram program, bool ptx, char *to) {
  size_t size;
  nvrtcResult result = image_size(program, ptx, &size);
  if (result == NVRTC_SUCCESS) memcpy(to, program->image, size);
  return result;
}

EXPORT nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, size_t *size) {
  return image_size(program, false, size);
}

EXPORT nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char *cubin) {
  return image(program, false, cubin);
}

EXPORT nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, size_t *size) {
  return image_size(program, true, size);
}

EXPORT nvrtcResult nvrtcGetPTX(nvrtcProgram program, char *ptx) {
  return image(program, true, ptx);
}
