/** Qwen's mixtures of experts: Qwen1.5-MoE and Qwen2-MoE, and Qwen3-MoE. */
package deepseek.models.qwenmoe;
