package deepseek.devices.runtime;

/**
 * The conformance suite of all runtimes: each operator, on random numbers of regular and odd
 * shapes, against double precision in plain Java.
 */
interface Conformance extends RowsConformance, ProductsConformance, LanguageConformance {}
