package deepseek.devices.runtime;

/**
 * What every runtime has to do: each operator, on random numbers of shapes easy and awkward, as
 * double precision in plain Java has it.
 */
interface Conformance extends RowsConformance, ProductsConformance, LanguageConformance {}
