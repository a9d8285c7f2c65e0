package deepseek.text.jinja;

/** Something a template can call: a macro, a global function, a method bound to its value. */
@FunctionalInterface
interface Callable {
  Object call(Args args);
}
