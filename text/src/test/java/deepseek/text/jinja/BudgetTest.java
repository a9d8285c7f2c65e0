package deepseek.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepseek.files.DataException;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would fill the heap or run forever fail with an error before they do. */
class BudgetTest {
  private static final String DOUBLED =
      "{% set n = namespace(x=[], y=[]) %}{% for i in range(60) %}"
          + "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}";
  private static final String LONG = "{% set t = 'ab\n' * 2000000 %}";

  private static void assertRefused(String template, Limits limits) {
    assertThatThrownBy(
            () -> JinjaTemplate.parse(template).render(Map.of(), Clock.systemUTC(), limits))
        .as(template)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the template ")
        .hasMessageContaining(" more than ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ range(10) | batch(2000000000, 1) | list }}",
        "{{ range(10) | batch(9223372036854775807, 1) | list }}",
        "{{ range(10) | slice(2000000000) | list }}",
        "{{ range(10) | slice(9223372036854775807, 1) | list }}",
        "{{ 'x' * 2000000000 }}",
        "{{ 'xxxxxxxx' * 9223372036854775807 }}",
        "{{ ([1] * 2000000000) | length }}",
        "{{ ((1, 2) * 9223372036854775807) | length }}",
        "{{ 'x' | center(2000000000) }}",
        "{{ 'x'.center(9223372036854775807) }}",
        "{{ 'x'.ljust(2000000000) }}",
        "{{ 'x'.rjust(2000000000, '😀') }}",
        "{{ 'x'.zfill(2000000000) }}",
        "{{ 'a\\nb' | indent(2000000000) }}",
        "{{ ('a\\n' * 1000000) | indent(1000000) }}",
        "{{ ('a ' * 1000000) | wordwrap(1, wrapstring='x' * 1000000) }}",
        "{{ '%999999999s' | format('x') }}",
        "{{ ('%(a)999999s' * 999) | format(a='x') }}",
        "{{ '{:999999999}'.format('x') }}",
        "{{ ('{a:999999}' * 999).format(a=1) }}",
        "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
        "{{ ('a' * 100000).replace('', 'b' * 100000) }}",
        "{{ range(100000) | join('b' * 100000) }}",
        "{{ ('b' * 100000).join(['x'] * 100000) }}",
        "{{ [1] | tojson(indent='b' * 200000000) }}",
        "{{ ([[]] * 2000000) | tojson(indent='b' * 1000) }}",
        "{{ [1, 2] | tojson(separators=('b' * 200000000, ':')) }}",
      })
  void whatAnArgumentAsksForIsChargedBeforeItIsMade(String template) {
    assertRefused(template, new Limits(1_000_000, 4_000_000, 100));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        DOUBLED + "{{ n.x }}",
        DOUBLED + "{{ n.x | tojson }}",
        DOUBLED + "{{ n.x == n.y }}",
        DOUBLED + "{{ n.x < n.y }}",
        DOUBLED + "{{ n.x in [n.y] }}",
        DOUBLED + "{{ [n.x, n.y] | unique | list }}",
        DOUBLED + "{{ [n.x].index(n.y) }}",
        DOUBLED + "{{ [n.x, n.y] | sort | length }}",
        LONG + "{{ t | list | length }}",
        LONG + "{{ t.split('b') | length }}",
        LONG + "{{ t.split() | length }}",
        LONG + "{{ t.rsplit(none, 99999999) | length }}",
        LONG + "{{ t.splitlines() | length }}",
        LONG + "{{ t | wordwrap | length }}",
        LONG + "{% for c in t %}{% endfor %}",
        "{% set n = namespace(x=[]) %}{% for i in range(100000) %}"
            + "{% set n.x = n.x + [i] %}{% endfor %}",
        "{% set d = dict() %}{% set n = namespace(x=[]) %}{% set r = range(20000) | list %}"
            + "{% for i in r %}{% set n.x = [n.x, r | list, r[1:], r | batch(1) | list] %}{% endfor %}",
        "{% set n = namespace(x='') %}{% for i in range(10000) %}"
            + "{% set n.x = n.x ~ 'abcdefghij' %}{{ n.x | upper }}{% endfor %}",
      })
  void whatGrowsStepByStepIsBoundedToo(String template) {
    assertRefused(template, new Limits(1_000_000, 20_000_000, 300));
  }

  @Test
  void theDefaultFollowsTheHeap() {
    assertThat(Limits.DEFAULT.chars())
        .isLessThanOrEqualTo(Runtime.getRuntime().maxMemory() / 16)
        .isLessThanOrEqualTo(1L << 28);
    assertRefused("{{ range(10) | batch(2000000000, 1) | list }}", Limits.DEFAULT);
  }
}
