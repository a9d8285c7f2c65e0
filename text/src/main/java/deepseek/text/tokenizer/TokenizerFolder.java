package deepseek.text.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import deepseek.files.DataException;
import deepseek.files.LfsPointer;
import deepseek.files.StrictJson;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a Hugging Face folder like transformers: {@code tokenizer.json} is the tokenizer, or, if it
 * is missing, {@code tokenizer.model}; {@code tokenizer_config.json} and {@code
 * special_tokens_map.json} name the tokens with a role, may add tokens and may enable BOS and EOS;
 * {@code generation_config.json} names the ids that end a text.
 */
final class TokenizerFolder {
  private static final String TOKENIZER = "tokenizer.json";
  private static final String PIECES = "tokenizer.model";

  private final Path folder;
  private final ObjectNode config;
  private final FolderTokens tokens;

  TokenizerFolder(Path folder) {
    this.folder = folder;
    this.config = json("tokenizer_config.json");
    this.tokens =
        new FolderTokens(config, json("special_tokens_map.json"), json("added_tokens.json"));
  }

  static boolean isTokenizer(Path folder) {
    return Files.isRegularFile(folder.resolve(TOKENIZER))
        || Files.isRegularFile(folder.resolve(PIECES));
  }

  TokenizerSource source() {
    Path file = folder.resolve(TOKENIZER);
    SpecialTokens special = tokens.special();
    Path pieces = folder.resolve(PIECES);
    if (!Files.exists(file) && Files.exists(pieces)) {
      SpecialTokens all = special.orElse(sentencePiece(pieces).special());
      return new TokenizerSource(() -> load(pieces, all), all, stopIds(), pieces.toString());
    }
    return new TokenizerSource(
        () -> tokens.addTo(TokenizerJson.scan(read(file), file.toString())),
        special,
        stopIds(),
        file.toString());
  }

  private static SentencePieceFile sentencePiece(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      LfsPointer.refuse("read " + file, bytes);
      return new SentencePieceFile(file.toString(), bytes);
    } catch (OutOfMemoryError e) {
      throw tooLarge(file, e);
    } catch (IOException e) {
      throw new DataException(
          "read " + file, "a readable file", e.toString(), "check its permissions", e);
    }
  }

  /** Adds the tokens of transformers for these models: BOS before a text, nothing after. */
  private TokenizerJson load(Path pieces, SpecialTokens special) {
    boolean bos = config.path("add_bos_token").asBoolean(true);
    boolean eos = config.path("add_eos_token").asBoolean(false);
    TokenizerJson json =
        sentencePiece(pieces)
            .json(
                bos ? special.text("bos_token") : Optional.empty(),
                eos ? special.text("eos_token") : Optional.empty());
    return tokens.addTo(json);
  }

  private static String read(Path file) {
    try {
      String text = Files.readString(file);
      LfsPointer.refuse("read " + file, text);
      return text;
    } catch (CharacterCodingException e) {
      throw unreadable(file, "bytes that are no UTF-8", "download the file again", e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(file, e);
    } catch (IOException e) {
      String remedy =
          "export it with AutoTokenizer.from_pretrained(...).save_pretrained(...), or open the GGUF";
      throw unreadable(file, e.getClass().getSimpleName(), remedy, e);
    }
  }

  private static DataException tooLarge(Path file, OutOfMemoryError cause) {
    return new DataException(
        "read " + file, "a file that fits in memory", "a larger one", "check the file", cause);
  }

  private static DataException unreadable(Path file, String got, String remedy, Exception cause) {
    return new DataException(
        "read " + file, "a readable tokenizer.json or tokenizer.model", got, remedy, cause);
  }

  /** A JSON object; empty if the folder has no such file. */
  private ObjectNode json(String name) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      return StrictJson.config("read " + file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw new DataException(
          "read " + file, "a readable file", e.toString(), "check its permissions", e);
    }
  }

  /** From generation_config.json, with config.json as the fallback. */
  private Set<Integer> stopIds() {
    JsonNode ids = json("generation_config.json").path("eos_token_id");
    if (ids.isMissingNode() || ids.isNull()) {
      ids = json("config.json").path("eos_token_id");
    }
    Set<Integer> stop = new LinkedHashSet<>();
    if (ids.isInt()) {
      stop.add(ids.intValue());
    } else if (ids instanceof ArrayNode list) {
      list.forEach(id -> stop.add(id.asInt(-1)));
    }
    stop.removeIf(id -> id < 0);
    return stop;
  }
}
