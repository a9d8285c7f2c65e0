package deepseek.serve.answers;

import deepseek.serve.guard.Guards;
import deepseek.serve.http.Limits;
import deepseek.serve.shelf.ModelShelf;

/** What every endpoint works with: the models, and the rules of the server. */
public record House(ModelShelf shelf, Limits limits, Guards guards, Forms forms) {}
