"""The points of `benches/scale` as a table and as one picture, drawn by pygal.

The picture stands by itself: no script, no font and no style from elsewhere; dark where the reader's system is.
"""

import math
import xml.etree.ElementTree as tree

from . import report

SVG = "http://www.w3.org/2000/svg"
# A colour that reads on white and on black, and dashes, so that colour is not all that tells series apart.
SERIES = {
    "json": ("#2f81d6", None), "redis": ("#d9480f", None), "redis-server": ("#d9480f", "7, 4"),
    "bare 204": ("#7f8790", "2, 4"), "nginx static": ("#3a9a4b", "2, 4"), "redis SET": ("#b0679d", "2, 4"), "json.load": ("#a07d10", "2, 4"),
}
WORDS = {
    "json": "editkey, key file", "redis": "editkey, Redis", "redis-server": "Redis itself", "bare 204": "bare actix 204",
    "nginx static": "nginx, static file", "redis SET": "redis-benchmark SET", "json.load": "Python json.load",
}
# Axis, what, title, what of a point is drawn, whether the scale is logarithmic.
PANELS = (
    ("keys", "mint", "a new key: CPU µs", "cpu_us", False),
    ("keys", "resolve", "GET /api/file: CPU µs", "cpu_us", False),
    ("keys", "verdict", "/auth/nginx: CPU µs", "cpu_us", False),
    ("keys", "memory", "memory: MiB (log)", "figure", True),
    ("keys", "start", "start until /readyz: s (log)", "figure", True),
    ("keys", "prune", "prune of all keys: s (log)", "figure", True),
    ("connections", "mint", "new keys a second (log)", "figure", True),
    ("connections", "resolve", "GET /api/file a second (log)", "figure", True),
    ("connections", "verdict", "/auth/nginx a second (log)", "figure", True),
    ("nodes", "mint", "a new key: CPU µs", "cpu_us", False),
    ("nodes", "resolve", "GET /api/file: CPU µs", "cpu_us", False),
    ("nodes", "verdict", "/auth/nginx: CPU µs", "cpu_us", False),
)
WIDTH, HEIGHT, MARGIN, TOP = 360, 260, 10, 56
# No logarithm drawn here is below zero.
ABOVE = 10
FONT = "system-ui, sans-serif"
CSS = """
svg { color-scheme: light dark }
.paper { fill: #ffffff } .said { fill: #24292f; font-family: system-ui, sans-serif; font-size: 13px }
@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117 } .said, text, .title, .axis text { fill: #d5dbe2 !important }
  .axis .line { stroke: #6e7681 !important } .axis .guide.line { stroke: #2f3742 !important }
}
"""


def _row(point):
    def number(value):
        return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"

    return (point.axis, f"{point.x:,}", point.what, point.series, f"{number(point.figure)} {point.unit}", number(point.cpu_us),
            number(point.p99_us), number(point.base), number(point.ratio), number(point.cpu_ratio), point.note)


HEAD = ("axis", "number", "what", "who", "figure", "CPU us", "p99 us", "baseline", "ratio", "CPU ratio", "")


def table(points):
    lines = [HEAD, *map(_row, points)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown(points, notes):
    lines = ["# The cost as work grows", "", f"Measured by `benches/scale` on {report.machine()}. docs/scale.md explains it, docs/scale.svg shows it.",
             "", "| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(_row(point)) + " |" for point in points]
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def _power(value):
    """10,000 as 10⁴; a small number, and one that is no power of ten, as it is."""
    if value <= 0:
        return f"{value:g}"
    exponent = round(math.log10(value))
    digits = str(exponent).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    return f"10{digits}" if exponent >= 3 and math.isclose(10 ** exponent, value) else f"{value:g}"


def _log(value):
    """Taken here: pygal leaves out what lies at 1 or below, and draws its axis through zero."""
    return math.log10(value) + ABOVE


def _panel(points, axis, what, title, drawn, logarithmic):
    import pygal

    by_series = {}
    for point in points:
        if (point.axis, point.what) == (axis, what) and getattr(point, drawn) is not None:
            by_series.setdefault(point.series, []).append((point.x, getattr(point, drawn)))
    if not by_series:
        return None
    names = [name for name in SERIES if name in by_series]
    places = sorted({x for values in by_series.values() for x, _ in values})
    along = float if axis == "nodes" else _log
    up = _log if logarithmic else float
    heights = [value for values in by_series.values() for _, value in values]
    style = pygal.style.Style(
        background="transparent", plot_background="transparent", foreground="#24292f", foreground_strong="#24292f",
        foreground_subtle="#d0d7de", guide_stroke_color="#d0d7de", major_guide_stroke_color="#d0d7de", guide_stroke_dasharray="1, 0",
        major_guide_stroke_dasharray="1, 0", font_family=FONT, title_font_family=FONT, label_font_family=FONT, major_label_font_family=FONT,
        title_font_size=13, label_font_size=11, major_label_font_size=11, stroke_opacity=1, opacity=1, dot_opacity=1,
        transition="0s", colors=[SERIES[name][0] for name in names])
    chart = pygal.XY(
        style=style, width=WIDTH, height=HEIGHT, js=[], show_legend=False, title=title, x_title="nodes" if axis == "nodes" else f"{axis} (log)",
        margin=8, margin_right=16, dots_size=2.5, show_x_guides=False, truncate_label=-1, disable_xml_declaration=True, explicit_size=True,
        value_formatter=_power if not logarithmic else lambda value: _power(10 ** (value - ABOVE)))
    if logarithmic:
        low, high = math.floor(_log(min(heights))), math.ceil(_log(max(heights)))
        chart.range = (low, high)
        chart.y_labels = [{"value": exponent, "label": _power(10.0 ** (exponent - ABOVE))} for exponent in range(low, high + 1)]
    else:
        chart.range = (0, 1.1 * max(heights))
    chart.x_labels = [{"value": along(x), "label": _power(x)} for x in places]
    space = 0.04 * (along(places[-1]) - along(places[0])) or 1
    chart.xrange = (along(places[0]) - space, along(places[-1]) + space)
    for name in names:
        dashes = SERIES[name][1]
        chart.add(name, [(along(x), up(value)) for x, value in sorted(by_series[name])],
                  stroke_style={"width": 2, **({"dasharray": dashes} if dashes else {})})
    # A name of its own in this picture, the same each time.
    chart.uuid = f"{axis}-{what}"
    return tree.fromstring(chart.render(), parser=tree.XMLParser(encoding="utf-8")), names


def svg(points):
    """All panels that there are points for, three a row, under one legend."""
    tree.register_namespace("", SVG)
    panels = [panel for panel in (_panel(points, *panel) for panel in PANELS) if panel]
    rows = -(-len(panels) // 3)
    width, height = 3 * WIDTH + 4 * MARGIN, TOP + rows * (HEIGHT + MARGIN) + MARGIN
    whole = tree.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height), "role": "img",
                                          "aria-label": "What keys, connections and nodes cost"})
    tree.SubElement(whole, f"{{{SVG}}}rect", {"class": "paper", "width": "100%", "height": "100%"})
    _legend(whole, [name for name in SERIES if any(name in names for _, names in panels)])
    for at, (panel, _) in enumerate(panels):
        place = {"x": str(MARGIN + at % 3 * (WIDTH + MARGIN)), "y": str(TOP + at // 3 * (HEIGHT + MARGIN))}
        panel.attrib.update(place)
        for script in list(panel.iter(f"{{{SVG}}}script")):
            _parent(panel, script).remove(script)
        whole.append(panel)
    # Last, so that it stands over what the panels say.
    tree.SubElement(whole, f"{{{SVG}}}style").text = CSS
    return tree.tostring(whole, encoding="unicode") + "\n"


def _legend(whole, names):
    x = 2 * MARGIN
    for name in names:
        colour, dashes = SERIES[name]
        tree.SubElement(whole, f"{{{SVG}}}line", {"x1": str(x), "x2": str(x + 26), "y1": "28", "y2": "28", "stroke": colour,
                                                 "stroke-width": "3", **({"stroke-dasharray": dashes} if dashes else {})})
        text = tree.SubElement(whole, f"{{{SVG}}}text", {"class": "said", "x": str(x + 32), "y": "32"})
        text.text = WORDS[name]
        x += 32 + 7 * len(WORDS[name]) + 12


def _parent(root, child):
    return next(element for element in root.iter() if child in list(element))
