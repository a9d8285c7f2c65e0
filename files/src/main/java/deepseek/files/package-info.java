/**
 * Reading and writing of untrusted files, without tensors: {@link deepseek.files.Mapping} maps a
 * file, {@link deepseek.files.StrictJson} and {@link deepseek.files.ProtoCursor} read JSON and
 * protobuf with bounds checks, {@link deepseek.files.AtomicFile} writes files atomically, {@link
 * deepseek.files.ProcessLock} locks between processes, {@link deepseek.files.DataException} is the
 * exception of all of them.
 */
@NullMarked
package deepseek.files;

import org.jspecify.annotations.NullMarked;
