package deepseek.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Given characters are tracked to the output through all operations. */
class GivenTextTest {
  private static final Map<String, Object> VARIABLES =
      Map.of(
          "a", new Given(" ab "),
          "x", new Given("x-y z"),
          "quote", new Given("it's \"1\""),
          "list", new Given(List.of("p", "q")),
          "dict", new Given(Map.of("key", List.of("v", 1))),
          "people", new Given(List.of(Map.of("n", "Bo", "t", "s"), Map.of("n", "al", "t", "S"))),
          "own", "own",
          "number", new Given(12));

  /** The output with given ranges in guillemets. */
  private static String marked(Rendered rendered) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (Rendered.Span span : rendered.given()) {
      out.append(rendered.text(), from, span.from())
          .append('«')
          .append(rendered.text(), span.from(), span.to())
          .append('»');
      from = span.to();
    }
    return out.append(rendered.text(), from, rendered.text().length()).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `<{{ a }}{{ own }}>`                                | `<« ab »own>`
          `{{ '<' + a + '>' }}{{ '<' ~ a ~ '>' }}`            | `<« ab »><« ab »>`
          `{{ a | trim }}{{ a.strip() + '!' }}`               | `«abab»!`
          `{{ ('<' + a + '>')[2:9] }}{{ ('<' + x)[::-1] }}`   | `«ab »>«z y-x»<`
          `{{ ('<' + x)[0] }}{{ ('<' + x)[1] }}`              | `<«x»`
          `{{ x | replace('-', '+') }}{{ own.replace('w', x) }}` | `«x»+«y z»o«x-y z»n`
          `{{ x.split('-') | join('/') }}`                    | `«x»/«y z»`
          `{{ x.split(' ')[1] }}{{ x.partition('-')[1] }}`    | `«z-»`
          `{{ x | upper }}{{ ('<' + x) | title }}`            | `«X-Y Z»<«X-Y Z»`
          `{{ (own + 'ß' + x) | upper }}`                     | `«OWNSSX-Y Z»`
          `{{ (own ~ x) | capitalize }}`                      | `Own«x-y z»`
          `{{ x * 2 }}{{ ('<' + own[0] + '>') * 2 }}`         | `«x-y zx-y z»<o><o>`
          `{{ list }}{{ dict }}`                              | `['«p»', '«q»']{'«key»': ['«v»', 1]}`
          `{{ dict | tojson }}`                               | `{"«key»": ["«v»", 1]}`
          `{{ quote | tojson }}`                              | `"«it's \\"1\\"»"`
          `{{ {'k': quote} | tojson }}`                       | `{"k": "«it's \\"1\\"»"}`
          `{{ quote | escape }}`                              | `«it&#39;s &#34;1&#34;»`
          `{{ '%s=%5s' % (own, list[0]) }}`                   | `own=    «p»`
          `{{ '{:>3}|{k}'.format(list[0], k=x) }}`            | `  «p»|«x-y z»`
          `{{ x | indent(2, true) }}{{ list[0].center(3) }}`  | `  «x-y z» «p» `
          `{{ x | wordwrap(3, wrapstring='|') }}`             | `«x-y»|«z»`
          `{% for c in list[0] + '1' %}[{{ c }}]{% endfor %}` | `[«p»][1]`
          `{% set t %}<{{ x }}>{% endset %}{{ t[1:] }}`       | `«x-y z»>`
          `{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(x) }}` | `<«x-y z»>`
          `{% set n = namespace(s='') %}{% set n.s = n.s + x %}{{ n.s }}` | `«x-y z»`
          `{{ list | map('upper') | join }}{{ x | first }}`   | `«PQx»`
          `{{ people | groupby('t') | map(attribute='grouper') | join }}` | `«s»`
          `{% for k, v in dict.items() %}{{ k }}={{ v[0] }}{% endfor %}` | `«key»=«v»`
          `{{ dict['key'][0] if 'key' in dict }}{{ x == 'x-y z' }}` | `«v»True`
          `{{ x | truncate(3, true, '.', 0) }}{{ number }}`   | `«x-».12`
          `{% filter upper %}<{{ x }}>{% endfilter %}`        | `<«X-Y Z»>`
          `{{ [own, x] | join(', ') }}{{ ', '.join([own, x]) }}` | `own, «x-y z»own, «x-y z»`
          `{{ x | string | safe | default('d') }}`            | `«x-y z»`
          `{{ x.removeprefix('x').lstrip('-').zfill(5) }}`    | `00«y z»`
          `{{ (x ~ '\n' ~ own).splitlines() | last }}`        | `own`
          """)
  void isFollowedThroughTheTemplate(String template, String expected) {
    Rendered rendered = JinjaTemplate.parse(template).render(VARIABLES, Clock.systemUTC());
    assertThat(marked(rendered)).isEqualTo(expected);
  }
}
