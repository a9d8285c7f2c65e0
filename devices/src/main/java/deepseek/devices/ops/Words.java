package deepseek.devices.ops;

import deepseek.devices.ir.Expr;
import deepseek.devices.ir.KernelBuilder;

/** Numbers narrower than a word. */
final class Words {
  private Words() {}

  /** Half {@code which} (0 or 1) of a word, a float16, as float32. */
  static Expr half(KernelBuilder k, Expr word, Expr which) {
    Expr bits = k.let("bits", word.shiftRight(which.times(16)));
    Expr magnitude = k.let("magnitude", bits.and(0x7fff));
    Expr tiny = magnitude.toFloat().times(0x1p-24f);
    // Adds 112 to the exponent's bias and 13 bits to the mantissa.
    Expr number = magnitude.shiftLeft(13).plus(112 << 23).bitsAsFloat();
    Expr unsigned = k.let("size", magnitude.less(0x400).choose(tiny, number));
    return bits.and(0x8000).equalTo(0).choose(unsigned, unsigned.negate());
  }
}
