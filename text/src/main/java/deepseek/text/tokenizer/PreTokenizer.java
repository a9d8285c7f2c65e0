package deepseek.text.tokenizer;

import deepseek.files.DataException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a byte-level BPE splits text into words before merging, by llama.cpp's name for it in {@code
 * tokenizer.ggml.pre}. Names and patterns are those of the models' own tokenizer.json.
 *
 * @param patterns regular expressions applied one after the other, each match being a separate word
 * @param bos whether the model expects BOS if the file doesn't say
 * @param ignoreMerges whether a word that is a token is used without applying merges
 */
record PreTokenizer(List<String> patterns, boolean bos, boolean ignoreMerges) {
  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String SIGNS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
  private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String CASED =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+";
  private static final String CAPITALS =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*";

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String LLAMA3 = either(CONTRACTION, WORD, "\\p{N}{1,3}", SIGNS, SPACES);
  private static final String QWEN2 = either(CONTRACTION, WORD, "\\p{N}", SIGNS, SPACES);
  private static final String QWEN35 =
      either(
          CONTRACTION,
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+",
          "\\p{N}",
          " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*",
          SPACES);
  private static final String TEKKEN =
      either(CASED, CAPITALS, "\\p{N}", " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*", SPACES);
  private static final String GPT4O =
      either(
          CASED + CONTRACTION + "?",
          CAPITALS + CONTRACTION + "?",
          "\\p{N}{1,3}",
          " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*",
          SPACES);
  private static final String DEEPSEEK3 =
      either(
          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+",
          "[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+", " ?[\\p{P}\\p{S}]+[\\r\\n]*", SPACES);

  /** Cased letters: \p{L} without scripts that have no case. */
  private static final String DEEPSEEK_LETTERS =
      "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚ"
          + "Ḁ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻ"
          + "Ȿ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

  private static final Map<String, PreTokenizer> KINDS = kinds();

  private static String either(String... alternatives) {
    return String.join("|", alternatives);
  }

  private static Map<String, PreTokenizer> kinds() {
    Map<String, PreTokenizer> kinds = new HashMap<>();
    put(kinds, split(GPT2), "default", "gpt-2", "phi-2", "olmo", "mpt", "jais", "trillion");
    put(kinds, split(GPT2), "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "granite-docling");
    put(kinds, split("\\p{N}", GPT2), "smollm", "starcoder", "refact", "command-r");
    put(kinds, split("\\p{N}", GPT2), "codeshell", "exaone", "minerva-7b", "mellum2");
    PreTokenizer llama3 = new PreTokenizer(List.of(LLAMA3), true, true);
    put(kinds, llama3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral");
    put(kinds, llama3, "midm-2.0", "lfm2", "jina-v5-nano");
    put(kinds, split(LLAMA3), "dbrx", "smaug-bpe", "chatglm-bpe", "glm4");
    put(kinds, split(QWEN2), "qwen2", "deepseek-r1-qwen", "megrez", "kormo", "f2llmv2");
    put(kinds, split(QWEN2), "stablelm2", "hunyuan", "solar-open", "grok-2");
    put(kinds, split(QWEN35), "qwen35");
    put(kinds, new PreTokenizer(List.of(TEKKEN), true, true), "tekken");
    put(kinds, split(GPT4O), "gpt-4o", "llama4", "kanana2", "minimax-m2");
    put(
        kinds,
        split("\\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+", DEEPSEEK3),
        "deepseek-v3",
        "hunyuan-dense",
        "joyai-llm");
    put(
        kinds,
        split("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-\uD7FF]+", "\\p{N}"),
        "deepseek-coder");
    put(
        kinds,
        split(
            "[\\r\\n]",
            DEEPSEEK_LETTERS,
            "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
            "\\s+$",
            "[一-龥ࠀ-一가-\uD7FF]+",
            "\\p{N}+"),
        "deepseek-llm");
    put(kinds, split("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]"), "falcon");
    put(
        kinds,
        split(
            either(
                "'(?i:[sdmt]|ll|ve|re)",
                "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+",
                "\\p{N}",
                " ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*",
                "\\s*[\\r\\n]|\\s+(?!\\S)|\\s+")),
        "bailingmoe",
        "bailingmoe2",
        "llada-moe");
    put(
        kinds,
        split(either(CONTRACTION, WORD, "\\p{N}{1}", " ?[^\\s\\p{L}\\p{N}\\r\\n]+", SPACES)),
        "seed-coder");
    return Map.copyOf(kinds);
  }

  private static void put(
      Map<String, PreTokenizer> kinds, PreTokenizer preTokenizer, String... names) {
    for (String name : names) {
      kinds.put(name, preTokenizer);
    }
  }

  private static PreTokenizer split(String... patterns) {
    return new PreTokenizer(List.of(patterns), false, false);
  }

  static PreTokenizer of(String name) {
    PreTokenizer known = KINDS.get(name);
    if (known == null) {
      throw new DataException(
          GgufTokenizer.OPERATION,
          "a known tokenizer.ggml.pre such as llama-bpe, qwen2, deepseek-v3, smollm or gpt-2",
          name,
          "open the model's Hugging Face folder instead of its GGUF");
    }
    return known;
  }

  /** The {@code pre_tokenizer} of tokenizer.json. */
  JsonText json() {
    List<JsonText> steps = new ArrayList<>();
    for (String pattern : patterns) {
      steps.add(
          JsonText.object(
              "type",
              "Split",
              "pattern",
              JsonText.object("Regex", pattern),
              "behavior",
              "Isolated",
              "invert",
              false));
    }
    steps.add(
        JsonText.object(
            "type", "ByteLevel",
            "add_prefix_space", false,
            "trim_offsets", true,
            "use_regex", false));
    return JsonText.object("type", "Sequence", "pretokenizers", JsonText.array(steps));
  }
}
