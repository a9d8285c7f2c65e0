/**
 * The routes of OpenAI's API and those that others have added to it: chat, completions, responses,
 * vectors, ranking, models, tokens. One class reads and answers each; {@code *Json} spell what they
 * share. Nothing of Ollama's belongs here.
 */
package deepseek.serve.openai;
