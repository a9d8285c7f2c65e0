/**
 * The models of a server by name: loaded when they are asked for, closed when others need their
 * memory. Start at {@link deepseek.serve.shelf.ModelShelf}. How they are run is not known here.
 */
package deepseek.serve.shelf;
