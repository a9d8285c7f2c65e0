/**
 * The GGUF format of llama.cpp: typed metadata and tensors in packed block types. Start at {@link
 * deepseek.store.gguf.GgufFile} to read and {@link deepseek.store.gguf.GgufWriter} to write; {@link
 * deepseek.GgmlType} lists the tensor types. The meaning of a model family's metadata keys does not
 * belong here.
 */
package deepseek.store.gguf;
