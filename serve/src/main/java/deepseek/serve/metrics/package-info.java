/**
 * What a server does, in numbers for Prometheus, by the names of vLLM's metrics so that boards made
 * for it can be pointed here: {@link deepseek.serve.metrics.ServeMetrics}.
 */
package deepseek.serve.metrics;
