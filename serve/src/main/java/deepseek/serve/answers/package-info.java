/**
 * From a request to a model's answers, the same for all APIs: reading of messages, tools, forms and
 * sampling, prompts, and the answers as they come. Start at {@link
 * deepseek.serve.answers.AnswerFeed}. How an API spells its replies is not known here.
 */
package deepseek.serve.answers;
