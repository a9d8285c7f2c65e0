/**
 * Weights out of ONNX files: the initialisers of BERT-family encoders, under the names Hugging Face
 * gives them. Start at {@link deepseek.store.onnx.OnnxEncoder}. Running a graph does not belong
 * here: the models module has its own layers.
 */
package deepseek.store.onnx;
