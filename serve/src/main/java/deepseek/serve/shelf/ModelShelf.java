package deepseek.serve.shelf;

import deepseek.DeepseekException;
import deepseek.serve.ServeException;
import deepseek.serve.http.ApiException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The models of a server by name. One is opened when it is first asked for; where the weights of
 * all would take more than the budget, those that have been idle for longest are closed first. A
 * model that can't be opened fails the requests for it, not the others.
 */
public final class ModelShelf implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ModelShelf.class.getName());
  private static final long NANOS_BEFORE_A_NEW_TRY = 10_000_000_000L;
  private static final int RETRY_SECONDS = 5;

  private final Map<String, Place> places = new LinkedHashMap<>();
  private final OptionalLong budget;
  private final Function<ServedModel, Loaded> opening;
  private final ToLongFunction<ServedModel> size;
  private long clock;
  private boolean closed;

  /** What is known about one of the models. Everything in it is guarded by the shelf. */
  private static final class Place {
    private final ServedModel served;
    private Optional<Loaded> loaded = Optional.empty();
    private Optional<ApiException> failure = Optional.empty();
    private boolean isOpening;
    private long failedAt;
    private long bytes;
    private long used;
    private int leases;

    Place(ServedModel served) {
      this.served = served;
    }
  }

  /**
   * What a model is doing.
   *
   * @param bytes of its files, while it is open
   */
  public record State(ServedModel served, boolean isOpen, boolean hasFailed, long bytes) {}

  /** A shelf of these models, with at most so many bytes of weights open, or any number. */
  public ModelShelf(List<ServedModel> models, OptionalLong budget) {
    this(models, budget, Loaded::open, ModelSize::bytes);
  }

  ModelShelf(
      List<ServedModel> models,
      OptionalLong budget,
      Function<ServedModel, Loaded> opening,
      ToLongFunction<ServedModel> size) {
    for (ServedModel model : models) {
      if (places.put(model.name(), new Place(model)) != null) {
        throw new ServeException(
            "serve models", "each name once", "two called " + model.name(), "rename one of them");
      }
    }
    this.budget = budget;
    this.opening = opening;
    this.size = size;
  }

  /** The models in the order in which they were given, with what they are doing. */
  public synchronized List<State> states() {
    return places.values().stream()
        .map(
            place ->
                new State(
                    place.served,
                    place.loaded.isPresent(),
                    place.failure.isPresent(),
                    place.loaded.isPresent() ? place.bytes : 0))
        .toList();
  }

  /** The model of this name, if there is one. */
  public synchronized Optional<ServedModel> find(String name) {
    return Optional.ofNullable(places.get(name)).map(place -> place.served);
  }

  /** The open model of this name and kind, for metrics; it may be closed at any time. */
  public synchronized <M extends Loaded> Optional<M> peek(String name, Class<M> kind) {
    return Optional.ofNullable(places.get(name))
        .flatMap(place -> place.loaded)
        .filter(kind::isInstance)
        .map(kind::cast);
  }

  /**
   * The model of this name, opened where it isn't yet. The caller closes the lease.
   *
   * @throws ApiException where there is no such model, it is of another kind, it can't be opened or
   *     there is no room for it
   */
  public <M extends Loaded> Lease<M> borrow(String name, Class<M> kind) {
    Place place = take(name);
    try {
      Loaded loaded = place.loaded.isPresent() ? place.loaded.get() : open(place);
      if (!kind.isInstance(loaded)) {
        throw ApiException.ofField(
                "model",
                "a model for this route",
                name + ", whose task is " + place.served.task(),
                "choose another, see /v1/models")
            .withCode("model_not_supported");
      }
      return new Lease<>(place.served, kind.cast(loaded), () -> giveBack(place));
    } catch (RuntimeException e) {
      giveBack(place);
      throw e;
    }
  }

  /** Counts a lease and waits until nobody else opens the model. */
  private synchronized Place take(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw ApiException.of(
              ApiException.Kind.NOT_FOUND,
              "model",
              "one of " + String.join(", ", places.keySet()),
              name.isEmpty() ? "none" : "'" + name + "'",
              "choose one of these")
          .withParameter("model")
          .withCode("model_not_found");
    }
    place.leases++;
    place.used = ++clock;
    try {
      while (place.isOpening) {
        wait();
      }
      if (closed) {
        throw unavailable("an open server", "one that is closing");
      }
      if (place.loaded.isEmpty()) {
        place
            .failure
            .filter(e -> System.nanoTime() - place.failedAt < NANOS_BEFORE_A_NEW_TRY)
            .ifPresent(
                e -> {
                  throw e;
                });
        place.isOpening = true;
      }
      return place;
    } catch (InterruptedException e) {
      place.leases--;
      Thread.currentThread().interrupt();
      throw unavailable("a model", "an interrupt while it was opened").withCause(e);
    } catch (ApiException e) {
      place.leases--;
      throw e;
    }
  }

  private static ApiException unavailable(String expected, String got) {
    return ApiException.of(
            ApiException.Kind.UNAVAILABLE, "use the model", expected, got, "try again later")
        .withRetryAfter(RETRY_SECONDS);
  }

  private Loaded open(Place place) {
    Optional<Loaded> opened = Optional.empty();
    Optional<ApiException> failure = Optional.empty();
    try {
      makeRoom(place);
      opened = Optional.of(opening.apply(place.served));
      return opened.get();
    } catch (ApiException e) {
      throw e; // no room, which may change at any time
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      failure = Optional.of(notOpened(place.served, e));
      throw failure.get();
    } finally {
      settle(place, opened, failure);
    }
  }

  /** The reason is for the server's log: it names files that are none of the client's business. */
  private static ApiException notOpened(ServedModel served, Throwable e) {
    LOG.log(
        System.Logger.Level.ERROR,
        "open the model {0}: {1}",
        served.name(),
        e instanceof DeepseekException ? e.getMessage() : e);
    return ApiException.of(
            ApiException.Kind.UNAVAILABLE,
            "model",
            "a model that can be loaded",
            served.name() + ", which can't",
            "see the server's log")
        .withParameter("model")
        .withCode("model_not_loaded")
        .withCause(e);
  }

  private synchronized void settle(
      Place place, Optional<Loaded> opened, Optional<ApiException> failure) {
    place.isOpening = false;
    place.loaded = opened;
    place.failure = failure;
    place.failedAt = System.nanoTime();
    notifyAll();
  }

  private void makeRoom(Place wanted) {
    long bytes = size.applyAsLong(wanted.served);
    List<Loaded> leaving = new ArrayList<>();
    synchronized (this) {
      wanted.bytes = bytes;
      if (budget.isEmpty()) {
        return;
      }
      long taken =
          places.values().stream()
              .filter(p -> p != wanted && (p.loaded.isPresent() || p.isOpening))
              .mapToLong(p -> p.bytes)
              .sum();
      List<Place> idle =
          places.values().stream()
              .filter(p -> p.loaded.isPresent() && p.leases == 0)
              .sorted(Comparator.comparingLong(p -> p.used))
              .toList();
      for (Place place : idle) {
        if (taken + wanted.bytes > budget.getAsLong()) {
          taken -= place.bytes;
          leaving.add(place.loaded.orElseThrow());
          place.loaded = Optional.empty();
        }
      }
      if (taken + wanted.bytes > budget.getAsLong()) {
        leaving.forEach(Loaded::close);
        throw unavailable(
            "memory for " + wanted.served.name(),
            "%d bytes of weights, %d of %d in use by others"
                .formatted(wanted.bytes, taken, budget.getAsLong()));
      }
    }
    leaving.forEach(Loaded::close);
  }

  private synchronized void giveBack(Place place) {
    place.leases--;
    notifyAll();
  }

  /** Waits until no model is in use, then closes all; later requests are refused. */
  @Override
  public synchronized void close() {
    closed = true;
    boolean wasInterrupted = false;
    while (places.values().stream().anyMatch(place -> place.leases > 0 || place.isOpening)) {
      try {
        wait();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    for (Place place : places.values()) {
      place.loaded.ifPresent(Loaded::close);
      place.loaded = Optional.empty();
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
