package deepseek.text.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The filter {@code wordwrap}: Python's {@code textwrap.wrap} of each line. */
final class WordWrap {
  private static final String SPACE = "[\\t\\n\\x0b\\x0c\\r ]";
  private static final String NO_SPACE = "[^\\t\\n\\x0b\\x0c\\r ]";
  private static final String WORD = "[\\p{L}\\p{N}_]";
  private static final String LETTER = "[\\p{L}\\p{Nl}\\p{No}_]";
  private static final String BEFORE_DASH = "(?<=[\\p{L}\\p{N}_!\"'&.,?])";

  /**
   * Blanks, a dash between words, or a word up to its end, to a hyphen in it, or to a dash after
   * it.
   */
  private static final Pattern CHUNK =
      Pattern.compile(
          (SPACE + "+|" + BEFORE_DASH + "-{2,}(?=" + WORD + ")|" + NO_SPACE + "+?(?:")
              + ("-(?:(?<=" + LETTER + "{2}-)|(?<=" + LETTER + "-" + LETTER + "-))")
              + ("(?=" + LETTER + "-?" + LETTER + ")|(?=" + SPACE + "|\\z)|")
              + (BEFORE_DASH + "(?=-{2,}" + WORD + "))"));

  private static final Pattern WORDS_AND_BLANKS = Pattern.compile(SPACE + "+|" + NO_SPACE + "+");

  private final Budget budget;
  private final long width;
  private final boolean breaksWords;
  private final boolean breaksAtHyphens;
  private final Str newline;

  WordWrap(Args args, Budget budget) {
    this.budget = budget;
    this.width = args.whole(0, "width", 79);
    this.breaksWords = args.flag(1, "break_long_words", true);
    Object given = args.get(2, "wrapstring", None.NONE);
    this.newline = given instanceof None ? Str.of("\n") : Values.text(given, "wrapstring");
    this.breaksAtHyphens = args.flag(3, "break_on_hyphens", true);
    if (width <= 0) {
      throw new Failure("a width of wordwrap that is not positive");
    }
  }

  Str apply(Str text) {
    StrBuilder out = new StrBuilder(budget);
    Str between = Str.EMPTY;
    for (PythonText.Line line : PythonText.lines(text.chars(), budget)) {
      out.append(between);
      between = Str.EMPTY;
      for (Span row : rows(text.chars().substring(line.from(), line.to()))) {
        out.append(between).append(text, line.from() + row.from, line.from() + row.to);
        between = newline;
      }
      between = newline;
    }
    return out.str();
  }

  /** Half-open range of a line's characters. */
  private record Span(int from, int to) {}

  private Deque<Span> chunks(String line) {
    Deque<Span> chunks = new ArrayDeque<>();
    Matcher matcher = (breaksAtHyphens ? CHUNK : WORDS_AND_BLANKS).matcher(line);
    int from = 0;
    while (matcher.find()) {
      budget.objects(1);
      if (from < matcher.start()) {
        chunks.add(new Span(from, matcher.start()));
      }
      chunks.add(new Span(matcher.start(), matcher.end()));
      from = matcher.end();
    }
    if (from < line.length()) {
      chunks.add(new Span(from, line.length()));
    }
    return chunks;
  }

  private List<Span> rows(String line) {
    Deque<Span> chunks = chunks(line);
    List<Span> rows = new ArrayList<>();
    while (!chunks.isEmpty()) {
      if (isBlank(line, chunks.getFirst()) && !rows.isEmpty()) {
        chunks.removeFirst();
        continue;
      }
      Deque<Span> row = row(line, chunks);
      if (!row.isEmpty() && isBlank(line, row.getLast())) {
        row.removeLast();
      }
      if (!row.isEmpty()) {
        budget.objects(1);
        rows.add(new Span(row.getFirst().from, row.getLast().to));
      }
    }
    return rows;
  }

  /** Takes as many chunks as fit, and part of a chunk that is longer than a row. */
  private Deque<Span> row(String line, Deque<Span> chunks) {
    Deque<Span> row = new ArrayDeque<>();
    long length = 0;
    while (!chunks.isEmpty() && length + length(line, chunks.getFirst()) <= width) {
      length += length(line, chunks.getFirst());
      row.add(chunks.removeFirst());
    }
    if (chunks.isEmpty() || length(line, chunks.getFirst()) <= width) {
      return row;
    }
    if (breaksWords) {
      Span word = chunks.removeFirst();
      int cut = cut(line, word, (int) (width - length));
      row.add(new Span(word.from, cut));
      chunks.addFirst(new Span(cut, word.to));
    } else if (row.isEmpty()) {
      row.add(chunks.removeFirst());
    }
    return row;
  }

  /**
   * Where to cut a long word: after the last hyphen that fits and follows another character, else
   * at the width.
   */
  private int cut(String line, Span word, int room) {
    int end = line.offsetByCodePoints(word.from, room);
    int hyphen = breaksAtHyphens ? line.substring(word.from, end).lastIndexOf('-') : -1;
    boolean splits =
        hyphen > 0 && line.substring(word.from, word.from + hyphen).chars().anyMatch(c -> c != '-');
    return splits ? word.from + hyphen + 1 : end;
  }

  private static boolean isBlank(String line, Span chunk) {
    return PythonText.isSpace(line.substring(chunk.from, chunk.to));
  }

  private static int length(String line, Span chunk) {
    return line.codePointCount(chunk.from, chunk.to);
  }
}
