/**
 * What is looked at before a model reads it and before a client does, and the log of what was
 * decided. Start at {@link deepseek.serve.guard.Guards}; a policy of your own is a {@link
 * deepseek.serve.guard.Guard}.
 */
package deepseek.serve.guard;
