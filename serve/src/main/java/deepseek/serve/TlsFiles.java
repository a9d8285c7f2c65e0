package deepseek.serve;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A server's certificate and private key as PEM files.
 *
 * @param certificate its certificate, followed by those that vouch for it
 * @param key in PKCS #8, without password
 */
public record TlsFiles(Path certificate, Path key) {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  /** What connections are secured with. */
  SSLContext context() {
    char[] none = new char[0];
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, none);
      store.setKeyEntry("server", privateKey(), none, chain());
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, none);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw failed(certificate + " and " + key, "a certificate and its key", e);
    } catch (IOException e) {
      throw failed(certificate + " and " + key, "readable files", e);
    }
  }

  private Certificate[] chain() throws IOException, GeneralSecurityException {
    byte[] pem = Files.readAllBytes(certificate);
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem))
        .toArray(Certificate[]::new);
  }

  private PrivateKey privateKey() throws IOException, GeneralSecurityException {
    Matcher pem = KEY.matcher(Files.readString(key, StandardCharsets.US_ASCII));
    if (!pem.find()) {
      throw new ServeException(
          "open " + key,
          "a PEM file with BEGIN PRIVATE KEY",
          "none, or one of another form",
          "convert it with openssl pkcs8 -topk8 -nocrypt");
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.group(1).strip());
    for (String algorithm : ALGORITHMS) {
      Optional<PrivateKey> read = privateKey(algorithm, der);
      if (read.isPresent()) {
        return read.get();
      }
    }
    throw new InvalidKeySpecException("a key of none of " + ALGORITHMS);
  }

  private static Optional<PrivateKey> privateKey(String algorithm, byte[] der)
      throws GeneralSecurityException {
    try {
      return Optional.of(
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der)));
    } catch (InvalidKeySpecException e) {
      return Optional.empty();
    }
  }

  private static ServeException failed(String what, String expected, Exception e) {
    return new ServeException(
        "open " + what, expected, e.toString(), "check that both are there and belong together", e);
  }
}
