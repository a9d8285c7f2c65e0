package deepseek.files;

import java.util.regex.Pattern;

/** Masks credentials in URLs before they are shown. */
public final class Secrets {
  private static final Pattern CREDENTIALS = Pattern.compile("(?<=://)[^/?#\\s]*@");

  private Secrets() {}

  /** The text with {@code ***} in place of user names and passwords in its URLs. */
  public static String masked(String text) {
    return text.contains("://") ? CREDENTIALS.matcher(text).replaceAll("***@") : text;
  }
}
