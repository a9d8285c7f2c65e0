/**
 * Weights in ONNX files: the initialisers of BERT-family encoders, under their Hugging Face names.
 * Start at {@link deepseek.store.onnx.OnnxEncoder}. Graphs are not executed: the models module has
 * its own layers.
 */
package deepseek.store.onnx;
