// What CUDA C has without any header, for a host's C++ compiler: put before each kernel.
#include "device.h"

extern "C" {
extern emulated_device emulated;
void emulated_barrier(int line);
float expf(float), logf(float), sinf(float), cosf(float), sqrtf(float), floorf(float), rintf(float);
float fabsf(float), fminf(float, float), fmaxf(float, float), fmaf(float, float, float);
int abs(int);
}

// These are as far off as NVIDIA allows them to be, up or down by the argument's bits: what counts on
// more must not pass. (CUDA C++ Programming Guide, Mathematical Functions: maximum error in ulp.)
static inline float emulated_off(float exact, float argument, int ulp) {
  int bits = __builtin_bit_cast(int, exact);
  bool movable = (bits & 0x7f800000) != 0x7f800000 && (bits & 0x7fffffff) > 0x00800000 + ulp;
  bool up = __builtin_popcount(__builtin_bit_cast(int, argument)) & 1;
  return movable ? __builtin_bit_cast(float, bits + (up ? ulp : -ulp)) : exact;
}
#define expf(x) emulated_off(expf(x), x, 2)
#define logf(x) emulated_off(logf(x), x, 1)
#define sinf(x) emulated_off(sinf(x), x, 2)
#define cosf(x) emulated_off(cosf(x), x, 2)

#define __global__ __attribute__((visibility("hidden")))
#define __launch_bounds__(threads)
// One group runs at a time.
#define __shared__ static __attribute__((section("emulated_shared")))
#define __syncthreads() emulated_barrier(__LINE__)
#define threadIdx ((const emulated_dim3 &)emulated.thread)
#define blockIdx ((const emulated_dim3 &)emulated.block)
#define blockDim ((const emulated_dim3 &)emulated.threads)
#define gridDim ((const emulated_dim3 &)emulated.blocks)

#define EMULATED_INLINE static inline __attribute__((always_inline))
EMULATED_INLINE int min(int a, int b) { return a < b ? a : b; }
EMULATED_INLINE int max(int a, int b) { return a < b ? b : a; }
EMULATED_INLINE unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
EMULATED_INLINE unsigned max(unsigned a, unsigned b) { return a < b ? b : a; }
EMULATED_INLINE int __float_as_int(float a) { return __builtin_bit_cast(int, a); }
EMULATED_INLINE unsigned __float_as_uint(float a) { return __builtin_bit_cast(unsigned, a); }
EMULATED_INLINE float __int_as_float(int a) { return __builtin_bit_cast(float, a); }
EMULATED_INLINE float __uint_as_float(unsigned a) { return __builtin_bit_cast(float, a); }

// A kernel's parameters, out of its type.
template <class T> struct emulated_of {
  static constexpr emulated_parameter value = {(int32_t)sizeof(T), EMULATED_SCALAR};
};
template <class T> struct emulated_of<const T *> {
  static constexpr emulated_parameter value = {(int32_t)sizeof(T *), EMULATED_READ};
};
template <class T> struct emulated_of<T *> {
  static constexpr emulated_parameter value = {(int32_t)sizeof(T *), EMULATED_WRITTEN};
};
template <int... I> struct emulated_places {};
template <int N, int... I> struct emulated_count : emulated_count<N - 1, N - 1, I...> {};
template <int... I> struct emulated_count<0, I...> {
  using places = emulated_places<I...>;
};
template <class... A> struct emulated_types {
  static constexpr int count = sizeof...(A);
  static constexpr emulated_parameter values[] = {emulated_of<A>::value..., {0, 0}};
  using places = typename emulated_count<count>::places;
  template <int... I>
  __attribute__((no_sanitize("thread"))) static void
  run(void (*kernel)(A...), void **values, emulated_places<I...>) {
    kernel(*(A *)values[I]...);
  }
};
template <class... A> emulated_types<A...> emulated_types_of(void (*)(A...));

#define EMULATED_KERNEL(name)                                                        \
  using emulated_##name = decltype(emulated_types_of(name));                         \
  static void emulated_run_##name(void **values) {                                   \
    emulated_##name::run(name, values, emulated_##name::places{});                   \
  }                                                                                  \
  extern "C" __attribute__((visibility("default"))) const emulated_kernel            \
      emulated_kernel_##name = {emulated_##name::count, emulated_##name::values,     \
                                emulated_run_##name};
