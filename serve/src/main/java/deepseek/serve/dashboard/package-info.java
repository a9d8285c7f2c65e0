/**
 * A page that shows what a server does, and a chat to try its models. {@code Monitor} watches, once
 * a second; {@code History} keeps a line for each minute in a file; {@code Dashboard} has the
 * page's routes. Texts that people write are not part of any of them.
 */
package deepseek.serve.dashboard;
