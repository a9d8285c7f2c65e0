/**
 * Where models come from: turns what a user types into files on this machine. Start at {@link
 * deepseek.hub.ModelHub}, which resolves a {@link deepseek.hub.ModelSource}.
 *
 * <p>The hub cache has the layout of huggingface_hub and is shared with it; packages from Maven and
 * PyPI come through those registries' own clients and are unpacked into a cache of ours. Nothing
 * here reads a tensor or writes to a terminal: {@link deepseek.hub.Progress} tells a listener what
 * goes on.
 */
@NullMarked
package deepseek.hub;

import org.jspecify.annotations.NullMarked;
