/**
 * The routes of Ollama's API, which answer by the same models as OpenAI's. Durations are in
 * nanoseconds, streams are lines of JSON.
 */
package deepseek.serve.ollama;
