package deepseek.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Git LFS pointer: the few lines of text that a clone without Git LFS has in place of a large
 * file.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">the format</a>
 */
public final class LfsPointer {
  private static final byte[] START =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  /** The size limit of pointers in their specification. */
  private static final int MAX_BYTES = 1024;

  private static final Pattern SIZE = Pattern.compile("(?m)^size (\\d{1,18})$");

  private LfsPointer() {}

  /**
   * Throws if a file is a pointer.
   *
   * @param operation what the caller is doing, for the error: {@code open model.safetensors}
   * @throws DataException if the file is a pointer
   */
  public static void refuse(String operation, MemorySegment file) {
    if (file.byteSize() < MAX_BYTES) {
      refuse(operation, file.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** Throws if the text of a file is a pointer. */
  public static void refuse(String operation, String file) {
    if (file.length() < MAX_BYTES) {
      refuse(operation, file.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Throws if the bytes of a file are a pointer. */
  public static void refuse(String operation, byte[] file) {
    boolean isPointer =
        file.length >= START.length
            && file.length < MAX_BYTES
            && MemorySegment.ofArray(file)
                    .asSlice(0, START.length)
                    .mismatch(MemorySegment.ofArray(START))
                < 0;
    if (isPointer) {
      Matcher size = SIZE.matcher(new String(file, StandardCharsets.UTF_8));
      throw new DataException(
          operation,
          "the file itself",
          "a Git LFS pointer" + (size.find() ? " to its " + size.group(1) + " bytes" : ""),
          "run 'git lfs pull' in its folder, or fetch the model by its id");
    }
  }
}
