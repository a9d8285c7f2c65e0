/** Mistral 7B and the dense models of its layout. */
package deepseek.models.mistral;
