package deepseek.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What was built: this program's version, libtorch's, and the platform of the natives. */
final class Version implements IVersionProvider {
  private final Properties build = new Properties();

  Version() {
    try (InputStream in =
        Objects.requireNonNull(Version.class.getResourceAsStream("version.properties"))) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String program() {
    return build.getProperty("version");
  }

  String libtorch() {
    return build.getProperty("libtorch").replaceAll("-.*", "");
  }

  String platform() {
    return build.getProperty("platform");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "deepseek %s (libtorch %s for %s, JDK %s)"
          .formatted(program(), libtorch(), platform(), Runtime.version())
    };
  }
}
