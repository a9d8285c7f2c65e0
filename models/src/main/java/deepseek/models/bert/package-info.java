/**
 * BERT and the models that share its layers: RoBERTa and XLM-RoBERTa, which count positions
 * differently. Start at {@link deepseek.models.bert.Bert}. Language heads are passed over; pooling
 * token vectors into one vector per text, and heads that classify texts, are {@code
 * deepseek.models.encoder}'s.
 */
package deepseek.models.bert;
