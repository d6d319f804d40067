"""An evaluation as one HTML page that needs nothing else: curves as SVG, tables, and how to read them."""

from collections.abc import Sequence
from html import escape
from math import log10

from recognition.evaluation import Evaluation
from recognition.evaluation_table import call_rows, said
from recognition.rates import Point
from recognition.spoiling import CLEAN

WIDTH, HEIGHT, MARGIN = 640, 400, 64
LEAST = 1e-5  # where the axes begin: nothing less can be drawn on a logarithm
DASHES = ("none", "8 4", "2 3", "10 3 2 3", "14 6")  # with the colours, so that neither says it alone
COLOURS = ("#1b4f9c", "#8a4b00", "#1a6b3c", "#6b2d86", "#444444")

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .25rem .75rem; border-bottom: 1px solid #ccc; white-space: pre }
svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #222 }
"""
_HOW_TO_READ = """
<p>误识（false match）：不同的人被当作同一人。拒识（false non-match）：同一人没有被认出。每个比率后面是次数和
95 % 置信上限；一次也没有发生时，按“三法则”给出上限。</p>
<p>A false match takes two people for one; a false non-match does not know a person again. Behind each rate are its
counts and the upper bound at 95 % (of none: the rule of three). The bounds hold for comparisons that know nothing of
each other; where one picture is in many pairs, they are too narrow.</p>
"""


def page(evaluations: Sequence[Evaluation]) -> str:
    """The whole page; whatever comes from the list of pairs is escaped."""
    bodies = "".join(_engine(one) for one in evaluations)
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Fairwatch: faces</title>'
    return (
        f'<!doctype html><html lang="zh"><head>{head}<style>{_STYLE}</style></head><body>'
        f"<h1>人脸比对误差 · Errors of face comparison</h1>{_HOW_TO_READ}{bodies}</body></html>\n"
    )


def _engine(evaluation: Evaluation) -> str:
    engine = evaluation.engine
    singles = [
        (
            name,
            ("–" if figures.equal is None else f"{figures.equal.fmr:.4f}"),
            said(figures.errors.false_match),
            said(figures.errors.false_non_match),
            lost,
        )
        for way, condition in evaluation.conditions.items()
        for name, figures, lost in (
            (way, condition.figures, f"{condition.failures_to_acquire} of {condition.pictures}"),
            *((f"  {group}", of_group, "") for group, of_group in condition.groups.items()),
        )
    ]
    others = [
        (f"{one.threshold:g}", said(one.false_match), said(one.false_non_match))
        for one in evaluation.conditions[CLEAN].at
    ]
    calls = [
        (name, *row) for way, condition in evaluation.conditions.items() for name, row in call_rows(way, condition)
    ]
    errors = ("误识 false match", "拒识 false non-match")
    parts = [
        f"<h2>{escape(engine.name)}</h2>",
        f"<p>threshold {engine.thresholds.match:g}, weights SHA-256 {engine.model_sha256}</p>",
        _plot(evaluation),
        "<h3>单张比对 · One picture against one</h3>",
        _table(("", "EER", *errors, "未能采集 not acquired"), singles),
        "<h3>其他阈值 · Other thresholds, clean</h3>",
        _table(("threshold", *errors), others),
    ]
    if calls:
        parts.append("<h3>如同通话 · As in a call: three pictures to enrol, the median of several frames</h3>")
        head = ("", *errors, "判为他人 said no", "未判 not judged", "nearest different", "farthest same")
        parts.append(_table(head, calls))
    return "".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _plot(evaluation: Evaluation) -> str:
    """Both errors on logarithms: the lower left is better."""
    decades = [10.0**power for power in range(round(log10(LEAST)), 1)]
    lines = [
        f'<line x1="{_x(one):.1f}" y1="{_y(LEAST):.1f}" x2="{_x(one):.1f}" y2="{_y(1):.1f}" stroke="#ddd"/>'
        f'<line x1="{_x(LEAST):.1f}" y1="{_y(one):.1f}" x2="{_x(1):.1f}" y2="{_y(one):.1f}" stroke="#ddd"/>'
        f'<text x="{_x(one):.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{one:g}</text>'
        f'<text x="{MARGIN - 6}" y="{_y(one) + 4:.1f}" text-anchor="end">{one:g}</text>'
        for one in decades
    ]
    for number, (way, condition) in enumerate(evaluation.conditions.items()):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        stroke = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        lines.append(f'<path d="{_path(condition.roc)}" {stroke}/>')
        top = MARGIN + 18 * number
        lines.append(f'<path d="M {WIDTH - 190} {top} h 40" {stroke}/>')
        lines.append(f'<text x="{WIDTH - 142}" y="{top + 4}">{escape(way)}</text>')
    middle = f'x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle"'
    lines.append(f"<text {middle}>误识率 false match rate</text>")
    lines.append(
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        "拒识率 false non-match rate</text>"
    )
    named = f'role="img" aria-label="{escape(evaluation.engine.name)}: false match rate against false non-match rate"'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" {named}>{"".join(lines)}</svg>'


def _path(points: Sequence[Point]) -> str:
    places = [f"{_x(point.fmr):.1f} {_y(point.fnmr):.1f}" for point in points]
    return f"M {' L '.join(places)}" if places else ""


def _x(rate: float) -> float:
    return MARGIN + (WIDTH - 2 * MARGIN) * (1 - log10(max(rate, LEAST)) / log10(LEAST))


def _y(rate: float) -> float:
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (1 - log10(max(rate, LEAST)) / log10(LEAST))
