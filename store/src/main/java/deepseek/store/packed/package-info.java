/**
 * Weights packed for the processor's kernels, kept in a file so that the next start maps them: a
 * safetensors file of UINT8 tensors that knows what it was made from. {@link
 * deepseek.store.packed.PackedFileWriter} writes one while a model is loaded, {@link
 * deepseek.store.packed.PackedFile} checks and maps it. Where such files lie, and when one is
 * written, is the caller's business.
 */
@NullMarked
package deepseek.store.packed;

import org.jspecify.annotations.NullMarked;
