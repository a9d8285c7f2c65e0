"""What Jinja2 makes of small templates, set up as transformers does: `python tools/golden/jinja.py`.

Writes text/src/test/resources/golden/chat/jinja.json: templates and their output, or null where Python refuses.
"""

import json
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template

OUT = Path(__file__).resolve().parents[2] / "text/src/test/resources/golden/chat/jinja.json"
VARIABLES = {
    "people": [{"n": "Bo", "t": "s"}, {"n": "al", "t": "S"}, {"n": "cy", "t": "b"}, {"n": "di"}],
    "text": "The quick brown-fox -- jumped over some-one's extraordinarily-long-hyphenated-word, didn't it?\nNext line.",
    "words": "abcdefghijklmnopqrstuvwxyz", "number": 1234567.891, "whole": 42, "negative": -7, "none": None,
    "list": [1, 2, 3, 4, 5], "dict": {"a": 1, "b": "x"},
}
TEMPLATES = r"""
{% for g in people|selectattr('t', 'defined')|groupby('t') %}{{ g.grouper }}:{{ g.list|map(attribute='n')|join(',') }}|{{ g[0] }}{{ g }};{% endfor %}
{% for t, l in people|groupby('t', default='z') %}{{ t }}={{ l|length }} {% endfor %}
{% for t, l in people[:3]|groupby('t', case_sensitive=true) %}{{ t }}={{ l|length }} {% endfor %}
{% for g in people|groupby('n') %}{{ g.grouper }} {% endfor %}
{{ (people[:3]|groupby('t')|first).nosuch is defined }}
{% macro f(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ f.name }} {{ f.arguments }} {{ f.catch_varargs }} {{ f.catch_kwargs }} {{ f.caller }} {{ f }}
{% macro f(a) %}{{ a }} {{ varargs }} {{ kwargs }}{% endmacro %}{{ f(1, 2, 'x', k=3) }} {{ f.catch_varargs }} {{ f.catch_kwargs }} {{ f() }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, b=2) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}
{% macro f(a=1) %}{{ a }}{% endmacro %}{{ f(nosuch) }}|{{ f() }}
{% macro f() %}{{ caller('x') }} {{ caller.name }}{% endmacro %}{% call(v) f() %}[{{ v }}]{% endcall %}
{% macro f() %}<{{ caller is defined }}{{ caller }}>{% endmacro %}{{ f() }}
{% macro f() %}no{% endmacro %}{% call f() %}x{% endcall %}
{% macro outer() %}{% macro inner() %}{{ varargs|join }}{% endmacro %}{{ inner(1, 2) }}{% endmacro %}{{ outer() }}
{{ "\N{BULLET} \N{EM DASH} \N{GREEK SMALL LETTER ALPHA} \N{grinning face} \N{NO-BREAK SPACE}|" }}
{{ "\N{CJK UNIFIED IDEOGRAPH-4E00}" }}
{{ "\N{NOSUCHNAME}" }}
{{ "\N{BULLET" }}
{{ "\N" }}
{% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}
{{ cycler() }}
{% set j = joiner(' / ') %}{% for i in list %}{{ j() }}{{ i }}{% endfor %}{% set k = joiner() %}{{ k() }}x{{ k() }}y
{{ text|wordwrap(20) }}
{{ text|wordwrap(10) }}
{{ text|wordwrap(10, break_long_words=false) }}
{{ text|wordwrap(12, break_on_hyphens=false) }}
{{ text|wordwrap(15, true, '<br>') }}
{{ words|wordwrap(7) }}|{{ ''|wordwrap(5) }}|{{ 'a\n\nb  c'|wordwrap(3) }}|{{ '   lead and trail   '|wordwrap(8) }}
{{ 'one-two--three -four- 5-6 e-mail x--y'|wordwrap(4) }}
{{ 'größe-über naïve-té 😀-😀'|wordwrap(6) }}
{{ 'x'|wordwrap(0) }}
{{ 'upper' is filter }} {{ 'nosuch' is filter }} {{ 'xmlattr' is filter }} {{ 'defined' is test }} {{ 'nosuch' is test }} {{ 'is filter' is test }}
{{ "[{:>5}]".format('ab') }} {{ "[{:<5}]".format('ab') }} {{ "[{:^5}]".format('ab') }} {{ "[{:*^7}]".format('ab') }} {{ "[{:.1}]".format('ab') }} {{ "[{:5}]".format('ab') }} {{ "[{:05}]".format('ab') }}
{{ "{:5} {:<5} {:05d} {:+d} {: d} {:x} {:#x} {:#X} {:o} {:b} {:08b}".format(whole, whole, whole, whole, whole, 255, 255, 255, 8, 5, 5) }}
{{ "{:,} {:_} {:,.2f} {:.2f} {:10.3f} {:<10.1f}| {:e} {:.2E} {:g} {:.3g} {:%} {:.1%}".format(1234567, 1234567, number, number, number, number, number, number, number, number, 0.25, 0.255) }}
{{ "{} {} {:.3} {:.10} {:g} {:g} {:g} {:#g}".format(1e20, 0.1, 123.456, 1.0, 1e-5, 1e20, 100000.0, 1.5) }}
{{ "{0} {1} {0} {a}".format('x', 'y', a=1) }} {{ "{{}} {!r} {!s:>4}".format('q', 'z') }} {{ "{:d}".format(true) }} {{ "{}".format(true) }} {{ "{:>5}".format(true) }}
{{ "{:+.1f} {:-.1f} {: .1f} {:=+8.2f} {:08.2f}".format(1.25, -1.25, 1.25, 1.5, -1.5) }}
{{ "{:d}".format('x') }}
{{ "{:s}".format(1) }}
{{ "{:.2d}".format(1) }}
{{ "{:>5}".format(none) }}
{{ "{:=5}".format('x') }}
{{ "%s %d %5d|%-5d|%05d %+d %x %X %o %5.1f %e %g %%" % ('a', 1, 2, 3, 4, 5, 255, 255, 8, 2.25, 12345.678, 0.0001) }}
{{ "%(a)s %(b)r" % dict }} {{ "%.2s|%5s|%-5s|" % ('abc', 'd', 'e') }} {{ "%d" % 3.9 }} {{ "%s" % [1] }} {{ "%#x" % 255 }}
{{ "%s" % (1, 2) }}
{{ "%s %s" % 'a' }}
{{ "%x" % 1.5 }}
{{ "%s-%s"|format('a', 1) }} {{ "%(x)s"|format(x=2) }}
{{ 'ab'.center(5) }}|{{ 'ab'.center(6) }}|{{ 'a'.center(4) }}|{{ 'ab'|center(7) }}|{{ 'ab'.center(5, '*') }}|{{ 'x'.ljust(3) }}|{{ 'x'.rjust(3, '.') }}|
{{ 'a b c'.rsplit(none, 1) }} {{ '  a  b '.rsplit(none, 1) }} {{ 'a-b-c'.rsplit('-', 1) }} {{ ' a b '.split(none, 1) }} {{ 'a,b,,c'.split(',', 2) }}
{{ 'a\nb\r\nc\n'.splitlines(true) }} {{ 'a\nb'.splitlines() }}
{{ 'banana'.find('a', 2) }} {{ 'banana'.find('a', -1) }} {{ 'banana'.rfind('a', 0, 4) }} {{ 'banana'.count('a', 2) }} {{ 'banana'.startswith('na', 2) }} {{ 'banana'.endswith('an', 0, 5) }} {{ 'banana'.index('n') }} {{ 'banana'.rindex('n') }}
{{ list|batch(2)|list }} {{ list|batch(2, 'x')|list }} {{ list|batch(10)|list }} {{ list|slice(2)|list }} {{ list|slice(3, 'x')|list }} {{ list[:4]|slice(2, 'x')|list }} {{ list|slice(7)|list }}
{{ 5|round }} {{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 42.55|round(1, 'floor') }} {{ 42.51|round(0, 'ceil') }} {{ -2.5|round }} {{ 1234.5|round(-2) }}
{{ 'x y'|title }} {{ "it's o'clock"|title }} {{ 'a-b (c) [d]'|title }} {{ 'HELLO'|capitalize }}
{{ 'a\nb\n\nc'|indent }} {{ 'a\n\nb'|indent(2, true, true) }} {{ 'a\nb'|indent('> ') }}
{{ 'a long text here'|truncate(9) }} {{ 'a long text here'|truncate(9, true) }} {{ 'a long text here'|truncate(9, false, '!', 0) }} {{ 'short'|truncate(3) }}
{{ 'x'|truncate(2) }}
{{ nosuch is sequence }} {{ nosuch is callable }} {{ nosuch is iterable }} {{ nosuch is mapping }} {{ nosuch is string }} {{ nosuch|trim }} {{ nosuch|length }}
{{ nosuch|indent }}
{{ 'a'|attr('upper') is defined }} {{ namespace(a=1).a }} {{ dict|items|list }} {{ none|select|list }}
""".strip("\n").split("\n")


def render(template):
    try:
        return _compile_jinja_template(template).render(**VARIABLES)
    except Exception:  # noqa: BLE001 - any refusal is an expected outcome
        return None


def main():
    cases = [{"template": template, "output": render(template)} for template in TEMPLATES]
    out = {"variables": VARIABLES, "cases": cases}
    OUT.write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    print(len(cases), "templates,", sum(case["output"] is None for case in cases), "refused")
    for case in cases:
        if case["output"] is None:
            print("  ", case["template"])


main()
