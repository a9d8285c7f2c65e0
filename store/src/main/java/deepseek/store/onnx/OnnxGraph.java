package deepseek.store.onnx;

import deepseek.files.ProtoCursor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of a model file from which weights and configuration are read.
 *
 * @param initialisers constants by name, in file order
 */
record OnnxGraph(List<OnnxNode> nodes, Map<String, OnnxTensor> initialisers) {
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALISER = 5;

  /** Parses a ModelProto. */
  static OnnxGraph read(String fileName, MemorySegment file) {
    ProtoCursor in = new ProtoCursor("open " + fileName, "ONNX model", file);
    List<OnnxNode> nodes = new ArrayList<>();
    Map<String, OnnxTensor> initialisers = new LinkedHashMap<>();
    while (in.next()) {
      if (in.field() == MODEL_GRAPH) {
        readGraph(in.message(), nodes, initialisers);
      } else {
        in.skip();
      }
    }
    if (nodes.isEmpty()) {
      throw in.damaged("a model with a graph", "none");
    }
    return new OnnxGraph(nodes, initialisers);
  }

  private static void readGraph(
      ProtoCursor in, List<OnnxNode> nodes, Map<String, OnnxTensor> initialisers) {
    while (in.next()) {
      switch (in.field()) {
        case GRAPH_NODE -> nodes.add(OnnxNode.read(in.message()));
        case GRAPH_INITIALISER ->
            OnnxTensor.read(in.message())
                .ifPresent(
                    tensor -> {
                      if (initialisers.put(tensor.name(), tensor) != null) {
                        throw in.damaged("each name once", "'" + tensor.name() + "' twice");
                      }
                    });
        default -> in.skip();
      }
    }
  }
}
