/**
 * Answers of a given form: a grammar says which tokens may come next. Start at {@link
 * deepseek.text.grammar.Grammar}, which is made of GBNF, a regular expression or a JSON schema, and
 * {@link deepseek.text.grammar.TokenGrammar}, which applies one to a model's tokens. {@code
 * Program} has the algorithm: a nondeterministic pushdown automaton over bytes. Models and sampling
 * are in {@code deepseek.models.generate}.
 */
package deepseek.text.grammar;
