package deepseek.files;

import java.util.regex.Pattern;

/** Keeps out of messages what an address may hold besides the way to a server. */
public final class Secrets {
  private static final Pattern CREDENTIALS = Pattern.compile("(?<=://)[^/?#\\s]*@");

  private Secrets() {}

  /** The text with {@code ***} in place of names and passwords in the addresses in it. */
  public static String masked(String text) {
    return text.contains("://") ? CREDENTIALS.matcher(text).replaceAll("***@") : text;
  }
}
