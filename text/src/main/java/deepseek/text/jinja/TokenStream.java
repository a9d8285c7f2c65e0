package deepseek.text.jinja;

import deepseek.text.jinja.Token.Kind;
import java.util.List;

/** A stream of tokens with one token of lookahead. */
final class TokenStream {
  /** Deeper than any template; recursive descent needs a dozen Java frames per level. */
  private static final int MAX_NESTING = 120;

  private final List<Token> tokens;
  private int position;
  private int nesting;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(position);
  }

  Token next() {
    Token token = tokens.get(position);
    if (token.kind() != Kind.END) {
      position++;
    }
    return token;
  }

  Token following() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  void operator(String operator) {
    if (!skipOperator(operator)) {
      throw expected("'" + operator + "'");
    }
  }

  String name() {
    if (current().kind() != Kind.NAME) {
      throw expected("a name");
    }
    return next().text();
  }

  void kind(Kind kind) {
    if (current().kind() != kind) {
      throw expected(new Token(kind, "", 0).describe());
    }
    next();
  }

  Failure expected(String what) {
    return new Failure("expected " + what + " before " + current().describe(), line());
  }

  /** Called by every recursive rule, so that excessive nesting is an error. */
  void enter() {
    if (++nesting > MAX_NESTING) {
      throw new Failure("nested deeper than " + MAX_NESTING + " levels", line());
    }
  }

  void leave() {
    nesting--;
  }
}
