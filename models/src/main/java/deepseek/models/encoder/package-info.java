/**
 * Texts to vectors, scores and labels. Start at {@link deepseek.models.encoder.SentenceEncoder},
 * which is a model folder ready to embed sentences, {@link deepseek.models.encoder.Reranker} or
 * {@link deepseek.models.encoder.TextClassifier}; {@link deepseek.models.encoder.Encoder} is the
 * network inside. A family adds a package of its own and a line to {@link
 * deepseek.models.encoder.EncoderFamilies}. Searching among vectors does not belong here.
 */
package deepseek.models.encoder;
