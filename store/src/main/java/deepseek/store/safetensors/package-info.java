/**
 * The safetensors format: a JSON header, followed by raw tensors. Start at {@link
 * deepseek.store.safetensors.SafetensorsCheckpoint} to read a model's folder and {@link
 * deepseek.store.safetensors.SafetensorsWriter} to write one. The meaning of tensor names does not
 * belong here.
 */
package deepseek.store.safetensors;
