/**
 * Weights packed for the CPU kernels, cached in a file that the next start maps: a safetensors file
 * of UINT8 tensors that records its inputs. {@link deepseek.store.packed.PackedFileWriter} writes
 * one while a model is loaded, {@link deepseek.store.packed.PackedFile} verifies and maps it. The
 * caller decides where such files are stored and when they are written.
 */
@NullMarked
package deepseek.store.packed;

import org.jspecify.annotations.NullMarked;
