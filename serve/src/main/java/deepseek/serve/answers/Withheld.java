package deepseek.serve.answers;

import deepseek.text.chat.Delta;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Keeps answers back until they are complete and have been looked at. */
final class Withheld {
  private final List<List<Update>> kept = new ArrayList<>();
  private final Predicate<String> isAllowed;
  private final Consumer<Update> taker;

  Withheld(int choices, Predicate<String> isAllowed, Consumer<Update> taker) {
    for (int i = 0; i < choices; i++) {
      kept.add(new ArrayList<>());
    }
    this.isAllowed = isAllowed;
    this.taker = taker;
  }

  void take(Update update) {
    List<Update> updates = kept.get(update.choice());
    updates.add(update);
    if (update.end().isEmpty()) {
      return;
    }
    if (isAllowed.test(text(updates))) {
      updates.forEach(taker);
    } else {
      Update.Ending end = update.end().get();
      taker.accept(
          new Update(
              update.choice(),
              List.of(),
              List.of(),
              Optional.of(new Update.Ending(end.generation(), false, true))));
    }
    updates.clear();
  }

  private static String text(List<Update> updates) {
    StringBuilder text = new StringBuilder();
    for (Update update : updates) {
      for (Delta delta : update.deltas()) {
        text.append(
            switch (delta) {
              case Delta.Reasoning(String part) -> part;
              case Delta.Content(String part) -> part;
              case Delta.CallBegin(int _, String _, String name) -> name;
              case Delta.CallArguments(int _, String part) -> part;
            });
      }
    }
    return text.toString();
  }
}
