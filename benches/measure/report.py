"""The table, for a terminal and for benches/RESULTS.md."""

import os
import platform

HEAD = ("what", "figure", "baseline", "ratio", "CPU ratio", "bar", "aim", "reached")


def _number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def cells(row):
    absolute = row.base == 1.0
    return (
        row.what,
        f"{_number(row.figure)} {row.unit}",
        "" if absolute else f"{_number(row.base)} {row.unit}",
        "" if absolute else _number(row.ratio),
        (_number(row.cpu_ratio) + (" (counts)" if row.cpu_counts else "")) if row.cpu_ratio else "",
        ("<= " if row.less else ">= ") + _number(row.bar) if row.bar is not None else "",
        _number(row.aim),
        row.verdict(),
    )


def line(row):
    """A row as one sentence, of what it has."""
    what, figure, base, ratio, cpu, bar, aim, reached = cells(row)
    parts = [figure, base if row.base else "", f"ratio {ratio}" if ratio else "", f"CPU ratio {cpu}" if cpu else "",
             f"bar {bar}, aim {aim}: {reached}" if bar else ""]
    return f"{what}: {'; '.join(filter(None, parts))}"


def machine():
    with open("/proc/cpuinfo") as text:
        model = next((line.split(":")[1].strip() for line in text if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}, Python {platform.python_version()}"


def terminal(rows):
    table = [HEAD, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table)


def markdown(rows, notes):
    lines = [f"Measured by `benches/run` on {machine()}.", "", "| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    lines += ["", "What stands behind the figures:", ""]
    lines += [f"- {note}" for note in notes]
    lines += [f"- {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join(lines) + "\n"
