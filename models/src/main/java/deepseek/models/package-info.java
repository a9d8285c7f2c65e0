/**
 * Models by name. Start at {@link deepseek.models.AutoModel}. Each family has a package of its own
 * with its config record and the way it is assembled from the layers of {@code deepseek.nn}; what
 * decoders share is in {@code deepseek.models.decoder}, text generation in {@code
 * deepseek.models.generate}. Files and tokenizers belong to {@code deepseek.store}.
 */
package deepseek.models;
