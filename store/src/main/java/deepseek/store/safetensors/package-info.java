/**
 * The safetensors format: one JSON header, then raw tensors, side by side. Start at {@link
 * deepseek.store.safetensors.SafetensorsCheckpoint} to read a model's folder and {@link
 * deepseek.store.safetensors.SafetensorsWriter} to write one. What the names of tensors mean does
 * not belong here.
 */
package deepseek.store.safetensors;
