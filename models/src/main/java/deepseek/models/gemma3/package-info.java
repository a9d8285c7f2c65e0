/** Gemma 3, and the text part of the multimodal Gemma 3. */
package deepseek.models.gemma3;
