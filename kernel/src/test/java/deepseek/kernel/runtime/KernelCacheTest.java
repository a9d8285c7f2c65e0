package deepseek.kernel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepseek.kernel.KernelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
  private static final KernelCache.Key KEY =
      new KernelCache.Key("some", "bin", List.of("source", "flags"));
  private static final byte[] CODE = "machine code".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @Test
  void isMadeOnce() throws IOException {
    KernelCache first = new KernelCache(folder.resolve("new"));
    assertThat(first.file(KEY, file -> Files.write(file, CODE))).hasBinaryContent(CODE);
    KernelCache second = new KernelCache(folder.resolve("new"));
    Path found = second.file(KEY, _ -> throwIt());
    assertThat(found).hasBinaryContent(CODE).hasParent(folder.resolve("new"));
    assertThat(second.<byte[]>use(KEY, KernelCacheTest::unwanted, code -> code)).isEqualTo(CODE);
    assertThat(List.of(first.made(), second.made())).containsExactly(1, 0);
    assertThat(Files.getPosixFilePermissions(folder.resolve("new")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void partsAreToldApart() {
    KernelCache cache = new KernelCache(folder);
    for (List<String> parts : List.of(List.of("ab", "c"), List.of("a", "bc"), List.of("abc"))) {
      cache.use(new KernelCache.Key("some", "bin", parts), () -> CODE, code -> code);
    }
    assertThat(cache.made()).isEqualTo(3);
  }

  @Test
  void whatIsDamagedIsMadeAgain() throws IOException {
    for (byte[] damage :
        List.of(new byte[0], new byte[] {1}, "machine c0de".getBytes(StandardCharsets.UTF_8))) {
      Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
      Files.write(file, damage);
      KernelCache next = new KernelCache(folder);
      assertThat(next.file(KEY, to -> Files.write(to, CODE))).hasBinaryContent(CODE);
      assertThat(next.made()).isEqualTo(1);
      Files.write(file, damage);
      assertThat(next.<byte[]>use(KEY, () -> CODE, code -> code)).isEqualTo(CODE);
      assertThat(file).hasBinaryContent(CODE);
      Files.delete(sum());
      assertThat(next.file(KEY, to -> Files.write(to, CODE))).hasBinaryContent(CODE);
      assertThat(next.made()).isEqualTo(3);
    }
  }

  @Test
  void aFolderInItsPlaceIsReplaced() throws IOException {
    for (String suffix : List.of(".bin", ".sha256")) {
      Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
      Path damaged = file.resolveSibling(file.getFileName().toString().replace(".bin", suffix));
      Files.delete(damaged);
      Files.createDirectories(damaged.resolve("inside"));
      KernelCache next = new KernelCache(folder);
      assertThat(next.file(KEY, to -> Files.write(to, CODE))).isEqualTo(file);
      assertThat(new KernelCache(folder).file(KEY, _ -> throwIt())).hasBinaryContent(CODE);
    }
  }

  @Test
  void whatAKilledProcessLeftIsDeletedADayLater() throws IOException {
    Path old = Files.createDirectory(folder.resolve("build1"));
    Files.writeString(old.resolve("some.c"), "int x;");
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));
    Path recent = Files.createDirectory(folder.resolve("build2"));
    new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
    assertThat(old).doesNotExist();
    assertThat(recent).exists();
  }

  private Path sum() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".sha256")).findFirst().orElseThrow();
    }
  }

  @Test
  void whatItsUserRefusesIsMadeAgain() {
    byte[] old = "of an older driver".getBytes(StandardCharsets.UTF_8);
    new KernelCache(folder).use(KEY, () -> old, code -> code);
    KernelCache cache = new KernelCache(folder);
    assertThat(cache.<String>use(KEY, () -> CODE, KernelCacheTest::only)).isEqualTo("taken");
    assertThat(cache.<String>use(KEY, KernelCacheTest::unwanted, KernelCacheTest::only))
        .isEqualTo("taken");
    assertThatThrownBy(
            () ->
                cache.use(
                    new KernelCache.Key("other", "bin", List.of()),
                    () -> old,
                    KernelCacheTest::only))
        .isInstanceOf(KernelException.class);
  }

  private static String only(byte[] code) {
    if (code.length != CODE.length) {
      throw new KernelException("load", "its own", "another's", "make it again");
    }
    return "taken";
  }

  @Test
  void whatItsUserRefusesIsNotKept() {
    KernelCache cache = new KernelCache(folder);
    assertThatThrownBy(() -> cache.use(KEY, () -> new byte[] {1}, KernelCacheTest::only))
        .isInstanceOf(KernelException.class);
    assertThat(cache.kept(KEY)).isEmpty();
  }

  @Test
  void aFolderThatCantBeMadeIsDoneWithout() throws IOException {
    Path inTheWay = Files.writeString(folder.resolve("file"), "");
    KernelCache cache = new KernelCache(inTheWay.resolve("kernels"));
    Path made = cache.file(KEY, file -> Files.write(file, CODE));
    assertThat(made).hasBinaryContent(CODE);
    assertThat(cache.file(KEY, _ -> throwIt())).isEqualTo(made);
    assertThat(cache.<byte[]>use(KEY, () -> CODE, code -> code)).isEqualTo(CODE);
  }

  @Test
  void nothingIsTakenFromWhereOthersWrite() throws IOException {
    Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    KernelCache next = new KernelCache(folder);
    assertThat(next.file(KEY, to -> Files.write(to, CODE))).isEqualTo(file);
    assertThat(next.made()).isEqualTo(1);
    assertThat(Files.getPosixFilePermissions(folder))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  /** Root may write to other users' files, but they remain untrusted. */
  @Test
  void nothingIsTakenFromSomebodyElse() throws IOException {
    Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
    assumeThat(giveAway(file)).as("may give files away").isTrue();
    KernelCache next = new KernelCache(folder);
    assertThat(next.kept(KEY)).isEmpty();
    assertThat(next.file(KEY, to -> Files.write(to, CODE))).isEqualTo(file);
    assertThat(next.made()).isEqualTo(1);
    assertThat(TrustedFile.owner(file)).isEqualTo(TrustedFile.Owner.SELF);

    giveAway(folder);
    KernelCache last = new KernelCache(folder);
    assertThat(last.kept(KEY)).isEmpty();
    assertThat(last.file(KEY, to -> Files.write(to, CODE)).getParent()).isNotEqualTo(folder);
    giveBack(folder);
  }

  @Test
  void whatOthersMayWriteToIsMadeAgain() throws IOException {
    Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
    for (Path open : List.of(file, sum())) {
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw----"));
      KernelCache next = new KernelCache(folder);
      assertThat(next.file(KEY, to -> Files.write(to, CODE))).isEqualTo(file);
      assertThat(next.made()).isEqualTo(1);
    }
  }

  @Test
  void aLinkIsNoEntry() throws IOException {
    Path file = new KernelCache(folder).file(KEY, to -> Files.write(to, CODE));
    Path elsewhere = Files.move(file, folder.resolve("elsewhere"));
    Files.createSymbolicLink(file, elsewhere);
    KernelCache next = new KernelCache(folder);
    assertThat(next.file(KEY, to -> Files.write(to, CODE))).isEqualTo(file).isRegularFile();
    assertThat(next.made()).isEqualTo(1);
    assertThat(Files.isSymbolicLink(file)).isFalse();
  }

  @Test
  void aFolderForLibrariesIsClosed() throws IOException {
    Path made = new KernelCache(folder.resolve("new")).closedFolder("libraries");
    assertThat(made).hasParent(folder.resolve("new")).isEmptyDirectory();
    assertThat(TrustedFile.isOpen(made)).isFalse();
    Files.write(made.resolve("library"), CODE);
    assertThat(new KernelCache(folder.resolve("new")).closedFolder("libraries"))
        .isEqualTo(made)
        .isDirectoryContaining("glob:**library");

    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(new KernelCache(folder.resolve("new")).closedFolder("libraries"))
        .isEqualTo(made)
        .isEmptyDirectory();

    Files.delete(made);
    Files.createSymbolicLink(made, folder);
    assertThat(new KernelCache(folder.resolve("new")).closedFolder("libraries"))
        .isDirectory()
        .satisfies(path -> assertThat(Files.isSymbolicLink(path)).isFalse());

    Path inTheWay = Files.writeString(folder.resolve("file"), "");
    Path temporary = new KernelCache(inTheWay.resolve("kernels")).closedFolder("libraries");
    assertThat(temporary).isEmptyDirectory();
    assertThat(TrustedFile.isOpen(temporary)).isFalse();
  }

  private static boolean giveAway(Path path) throws IOException {
    try {
      Files.setAttribute(path, "unix:uid", 65_534);
      return true;
    } catch (FileSystemException e) {
      return false;
    }
  }

  private static void giveBack(Path path) throws IOException {
    Files.setAttribute(path, "unix:uid", 0);
  }

  @Test
  void whatAMakerThrowsLeavesNothingBehind() throws IOException {
    KernelCache cache = new KernelCache(folder);
    assertThatThrownBy(
            () ->
                cache.file(
                    KEY,
                    file -> {
                      Files.write(file, CODE);
                      throw new KernelException("compile", "sense", "none", "write some");
                    }))
        .isInstanceOf(KernelException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void threadsMayMakeTheSame() throws Exception {
    Callable<byte[]> user = () -> new KernelCache(folder).use(KEY, () -> CODE, code -> code);
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (var result : threads.invokeAll(Collections.nCopies(64, user))) {
        assertThat(result.get()).isEqualTo(CODE);
      }
    }
    assertThat(new KernelCache(folder).<byte[]>use(KEY, KernelCacheTest::unwanted, c -> c))
        .isEqualTo(CODE);
  }

  @Test
  void processesMayMakeTheSame() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Other.class.getName(),
                  folder.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("said" + i).toFile())
              .start());
    }
    for (int i = 0; i < 2; i++) {
      assertThat(processes.get(i).waitFor()).as(folder.resolve("said" + i) + "").isZero();
    }
    assertThat(new KernelCache(folder).<byte[]>use(KEY, KernelCacheTest::unwanted, c -> c))
        .isEqualTo(CODE);
  }

  /** Another process, which makes and damages the entry again and again. */
  static final class Other {
    private Other() {}

    public static void main(String[] arguments) throws IOException {
      for (int i = 0; i < 100; i++) {
        KernelCache cache = new KernelCache(Path.of(arguments[0]));
        byte[] code = cache.use(KEY, () -> CODE, c -> c);
        if (!new String(code, StandardCharsets.UTF_8).equals("machine code")) {
          throw new IllegalStateException("got " + code.length + " bytes");
        }
        Path file = cache.file(KEY, to -> Files.write(to, CODE));
        if (i % 3 == 0 && i < 90) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static byte[] unwanted() {
    throw new AssertionError("made again");
  }

  private static void throwIt() {
    throw new AssertionError("made again");
  }
}
