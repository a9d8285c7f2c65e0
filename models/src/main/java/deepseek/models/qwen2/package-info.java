/** Qwen2 and Qwen2.5, dense. */
package deepseek.models.qwen2;
