"""The scaling law as a plot: how many times each cost is what it was at the least size, both axes logarithmic. SVG, written by hand."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 920, 460
LEFT, RIGHT, TOP, BOTTOM = 60, 380, 40, 50
COLOURS = ("#1b6ca8", "#c0392b", "#7d6608", "#117a65", "#6c3483", "#a04000", "#1c2833", "#2e86c1", "#b03a87", "#5d6d7e")
LABEL_GAP = 15


def draw(sizes, lines):
    """lines: (what it is, its values by size, its exponent)."""
    top = max(max(values) / values[0] for _, values, _ in lines)
    decades = max(1, math.ceil(math.log10(max(top, sizes[-1] / sizes[0]))))
    low = -0.5                                  # half a decade below 1, so that a flat line is seen

    def x(size):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(size / sizes[0]) / math.log10(sizes[-1] / sizes[0])

    def y(times):
        return TOP + (HEIGHT - TOP - BOTTOM) * (decades - max(low, math.log10(times))) / (decades - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
           f'<text x="{LEFT}" y="22" font-size="14">Cost against the number of cases, as a multiple of the cost at {sizes[0]:,}</text>']
    for size in sizes:
        out.append(f'<line x1="{x(size):.1f}" y1="{TOP}" x2="{x(size):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        anchor = "end" if size == sizes[-1] else "middle"
        out.append(f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">{size:,}</text>')
    for decade in range(decades + 1):
        at = y(10 ** decade)
        out.append(f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" stroke="#dddddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10 ** decade:,}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" y="{HEIGHT - 10}" text-anchor="middle">cases</text>')
    labels = sorted(((y(values[-1] / values[0]), number) for number, (_, values, _) in enumerate(lines)))
    last = -LABEL_GAP
    for at, number in labels:
        what, values, power = lines[number]
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{x(size):.1f},{y(value / values[0]):.1f}" for size, value in zip(sizes, values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        last = max(at + 4, last + LABEL_GAP)
        out.append(f'<line x1="{WIDTH - RIGHT + 2}" y1="{at:.1f}" x2="{WIDTH - RIGHT + 16}" y2="{last - 4:.1f}" stroke="{colour}"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 19}" y="{last:.1f}" fill="{colour}">{escape(what)}: {power:.2f}</text>')
    return "\n".join(out) + "\n</svg>\n"
