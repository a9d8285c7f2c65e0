/**
 * What whoever reads or writes files of strangers needs, and no tensor: {@link
 * deepseek.files.Mapping} maps a file, {@link deepseek.files.StrictJson} and {@link
 * deepseek.files.ProtoCursor} read text and protobuf within bounds, {@link
 * deepseek.files.AtomicFile} writes a file whole or not at all, {@link deepseek.files.ProcessLock}
 * keeps processes apart, {@link deepseek.files.DataException} says what was wrong.
 */
@NullMarked
package deepseek.files;

import org.jspecify.annotations.NullMarked;
