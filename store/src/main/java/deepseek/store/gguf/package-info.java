/**
 * The GGUF format of llama.cpp: typed metadata and tensors in packed block types. Start at {@link
 * deepseek.store.gguf.GgufFile} to read and {@link deepseek.store.gguf.GgufWriter} to write; {@link
 * deepseek.store.gguf.GgmlType} is the table of block types. What the metadata keys of a model
 * family mean does not belong here.
 */
package deepseek.store.gguf;
