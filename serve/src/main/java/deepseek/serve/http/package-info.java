/**
 * What all APIs share of HTTP: reading of bodies, errors, keys, limits, event streams and the
 * access log. Start at {@link deepseek.serve.http.Gate}, through which every request goes. What a
 * request asks for is not known here.
 */
package deepseek.serve.http;
