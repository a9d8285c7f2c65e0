/**
 * What all decoder families share. Start at {@link deepseek.models.decoder.Decoder}, the network,
 * and {@link deepseek.models.decoder.Architecture}, what a family tells it. A family adds a package
 * with its config record and its architecture, and a line to {@link
 * deepseek.models.decoder.DecoderFamilies}.
 */
package deepseek.models.decoder;
