/**
 * Hand-written CPU kernels: products with packed weights, attention over a KV cache, and the step
 * program that runs a whole decoder in one parallel region.
 *
 * <p>Start at {@link deepseek.kernel.cpu.StepProgram}, which {@link
 * deepseek.kernel.cpu.StepPlanner} builds. The C is in the resources of this package: vec.h
 * abstracts the processors' vectors, packed.c multiplies packed weights, product.c plain ones and
 * does what follows a product, amx.h has the AMX tiles, sparse.c sparse products, program.c
 * executes the list; attention.c, latent.c, pointwise.c and pack.c do what their names say. {@link
 * deepseek.kernel.cpu.CpuKernels} compiles all of it once. C structures consist of eight-byte
 * words, written by {@code Words}. {@link deepseek.kernel.cpu.VectorKernels} multiplies packed
 * weights in Java where nothing can be compiled; {@link deepseek.kernel.cpu.PackedKernels} is their
 * common interface and chooses between them.
 */
package deepseek.kernel.cpu;
