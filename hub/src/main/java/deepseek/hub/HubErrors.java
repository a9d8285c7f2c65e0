package deepseek.hub;

import deepseek.files.DataException;
import java.io.IOException;

/** Errors returned by the hub, with the remedy. */
final class HubErrors {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private HubErrors() {}

  static DataException of(Web.Answer answer, ModelSource.Hub source, HubOptions options) {
    String code = answer.header("x-error-code");
    String page = options.shownEndpoint() + "/" + source.id();
    boolean hasToken = options.token().isPresent();
    String operation = "fetch " + source;
    return switch (code) {
      case "GatedRepo" ->
          new DataException(
              operation,
              "access to this gated model",
              hasToken ? "none for your token's account" : "no token",
              "accept its terms at "
                  + page
                  + (hasToken ? "" : " and set HF_TOKEN to a token of that account"));
      case "RevisionNotFound" ->
          new DataException(
              operation,
              "the revision " + source.revision(),
              "no such branch, tag or commit",
              "see " + page + "/tree/main for those there are");
      case "EntryNotFound" ->
          new DataException(
              operation,
              "the file at " + answer.uri().getPath(),
              "no such file in the repository",
              "try again: the repository changed, or it's damaged");
      case "RepoNotFound" -> noRepository(operation, hasToken, page);
      default -> byStatus(answer, operation, hasToken, page);
    };
  }

  private static DataException byStatus(
      Web.Answer answer, String operation, boolean hasToken, String page) {
    return switch (answer.status()) {
      case UNAUTHORIZED ->
          hasToken
              ? new DataException(
                  operation,
                  "a token that the hub knows",
                  "401 for the one set",
                  "renew HF_TOKEN, or unset it for public models")
              : noRepository(operation, false, page);
      case FORBIDDEN ->
          new DataException(
              operation,
              "leave to read the model",
              "403 from " + answer.uri().getHost(),
              "accept the model's terms at " + page + " and give your token read rights");
      case NOT_FOUND -> noRepository(operation, hasToken, page);
      default ->
          new DataException(
              operation,
              "the file",
              "status " + answer.status() + " from " + answer.uri().getHost(),
              "check the id, and HF_ENDPOINT if it is set");
    };
  }

  private static DataException noRepository(String operation, boolean hasToken, String page) {
    return new DataException(
        operation,
        "a repository at " + page,
        hasToken ? "none that your token may see" : "no public one",
        hasToken
            ? "check the spelling and the token's rights"
            : "check the spelling; if it's private, set HF_TOKEN");
  }

  static DataException unreachable(String what, IOException e, HubOptions options) {
    return new DataException(
        "fetch " + what,
        "an answer from " + options.endpoint().getHost(),
        String.valueOf(e.getMessage()),
        "check the network and HTTPS_PROXY, set HF_ENDPOINT to a mirror, or use what is cached",
        e);
  }
}
