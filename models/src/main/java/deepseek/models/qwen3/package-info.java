/** Qwen3, dense. */
package deepseek.models.qwen3;
