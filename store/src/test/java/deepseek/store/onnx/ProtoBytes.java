package deepseek.store.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes protocol buffer fields one by one, valid or not. */
final class ProtoBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ProtoBytes raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  ProtoBytes varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return this;
  }

  ProtoBytes whole(int field, long value) {
    return varint(field << 3).varint(value);
  }

  ProtoBytes bytes(int field, byte[] value) {
    varint(field << 3 | 2).varint(value.length);
    bytes.writeBytes(value);
    return this;
  }

  ProtoBytes text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtoBytes message(int field, ProtoBytes value) {
    return bytes(field, value.toByteArray());
  }

  /** A TensorProto with raw data. */
  static ProtoBytes tensor(String name, int type, int rawBytes, long... dims) {
    ProtoBytes tensor = new ProtoBytes();
    for (long size : dims) {
      tensor.whole(1, size);
    }
    return tensor.whole(2, type).text(8, name).bytes(9, new byte[rawBytes]);
  }

  /** A NodeProto. */
  static ProtoBytes node(String operator, String output, String... inputs) {
    ProtoBytes node = new ProtoBytes();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(4, operator);
  }

  /** A ModelProto with one node and the given initialisers. */
  static ProtoBytes model(ProtoBytes... initialisers) {
    ProtoBytes graph = new ProtoBytes().message(1, node("Identity", "y", "x"));
    for (ProtoBytes initialiser : initialisers) {
      graph.message(5, initialiser);
    }
    return new ProtoBytes().whole(1, 8).message(7, graph);
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
