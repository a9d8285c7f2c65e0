/**
 * The kernels that are worth writing by hand for CPUs: products with packed weights, attention over
 * a cache, and the step program that runs a whole decoder in one parallel region.
 *
 * <p>Start at {@link deepseek.kernel.cpu.StepProgram}, which {@link
 * deepseek.kernel.cpu.StepPlanner} puts together. The C is in the resources of this package: vec.h
 * has sixteen lanes for every processor, packed.c the sums of packed weights, product.c what
 * becomes of them and plain weights, amx.h their tiles by AMX, attention.c, latent.c, pointwise.c
 * and pack.c what their names say, sparse.c products that leave things out, program.c the walk over
 * the list. {@link deepseek.kernel.cpu.CpuKernels} compiles all of it once. Structures in C are
 * words of eight bytes, written by {@code Words}. {@link deepseek.kernel.cpu.VectorKernels} does
 * packed products in Java, where nothing can be compiled; {@link deepseek.kernel.cpu.PackedKernels}
 * is what the two have in common, and gives the better.
 */
package deepseek.kernel.cpu;
