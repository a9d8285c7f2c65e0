/** Mixtral. */
package deepseek.models.mixtral;
