package deepseek.devices.ir;

import deepseek.kernel.KernelException;
import java.util.Set;
import java.util.regex.Pattern;

/** Names that are valid in all targets: none of their keywords and functions. */
final class Names {
  private static final Pattern IDENTIFIER = Pattern.compile("[a-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*");

  /** Names that the renderers declare. */
  private static final Pattern OURS = Pattern.compile("(group|local|global|groups)_[0-9]|dk_.*");

  private static final Set<String> TAKEN =
      Set.of(
          """
          active arguments asm at atomic auto begin bool break buffer case cast catch centroid char
          class coherent common const constant continue default delete discard do double else end
          enum event explicit export extern external false filter fixed flat float for friend
          global goto group half highp if image in inline inout input int interface invariant item
          items kernel layout local long lowp main mediump memory namespace new noinline
          noperspective operator out output packed partition patch pipe precise precision private
          protected public readonly register resource restrict return sample sampler shared short
          signed sizeof smooth static struct subroutine superp switch template texture this throw
          true try typedef uchar uint ulong uniform union unsigned ushort using varying virtual
          void volatile while wide write writeonly
          abs acos and barrier ceil clamp cos cosh cross distance dot exp fabs floor fma fmaf fmax
          fmin frexp isinf isnan length log mad max min mix mod not normalize or pow printf rint
          round rsqrt select sign sin sinh sqrt step tan tanh trunc vec xor y0 y1 yn j0 j1 jn
          gamma index signbit hypot
          alignas alignof and_eq bitand bitor char8_t char16_t char32_t co_await co_return co_yield
          compl concept consteval constexpr constinit const_cast decltype dynamic_cast linux
          mutable noexcept not_eq nullptr or_eq reinterpret_cast requires size_t static_assert
          static_cast thread_local typeid typename typeof unix wchar_t xor_eq
          assert atan atan2 blockDim blockIdx cbrt clock64 copysign cosf cospi cyl_bessel_i0 dim3
          erf erfc erff erfinv exp10 exp2 exp2f expf fabsf fdim fdivide fdividef floorf fmaxf
          fminf fmodf free frexpf gridDim hypotf ilogb j0f labs ldexp lgamma llabs llmax llmin
          llrint log1p log2 logf lround malloc nan nanf nearbyint nextafter norm norm3d normcdf
          powf rcbrt remainder remquo rhypot rintf rsqrtf scalbn sincos sinf sinhf sinpi sqrtf
          tgamma threadIdx umax umin warpSize y0f\
          """
              .split("\\s+"));

  private Names() {}

  static void check(String operation, String name) {
    if (!IDENTIFIER.matcher(name).matches()) {
      throw new KernelException(
          operation, "a name such as row or tileA", "'" + name + "'", "start with a small letter");
    }
    if (TAKEN.contains(name) || OURS.matcher(name).matches()) {
      throw new KernelException(
          operation,
          "a name that is free in C, OpenCL, CUDA and GLSL",
          "'" + name + "'",
          "choose another one");
    }
  }
}
