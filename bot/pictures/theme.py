"""Colours that people with any colour vision can tell apart (after Okabe and Ito), for light and dark backgrounds.

No meaning rests on colour alone: rising bars are hollow, falling bars are full; lines differ in dashes or width;
levels are named.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.pictures.request import Overlay, Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`. `on_tag` is the text on a filled label."""

    paper: str
    ink: str
    faint: str
    grid: str
    rising: str
    falling: str
    entry: str
    warning: str
    on_tag: str
    lines: tuple[tuple[Overlay, str], ...]

    def line(self, overlay: Overlay) -> str:
        """The colour of an overlay."""
        return dict(self.lines)[overlay]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1b1f24",
    faint="#5b6470",
    grid="#e4e8ec",
    rising="#00805f",
    falling="#c94f00",
    entry="#0060a8",
    warning="#8a3d7c",
    on_tag="#ffffff",
    lines=(
        (Overlay.BOLLINGER, "#6b7f95"),
        (Overlay.SMA_20, "#b8860b"),
        (Overlay.SMA_50, "#0072b2"),
        (Overlay.SMA_200, "#a0478f"),
        (Overlay.EMA_12, "#2f9fd6"),
        (Overlay.EMA_26, "#8c564b"),
    ),
)
DARK = Palette(
    paper="#12161c",
    ink="#e8ecf1",
    faint="#9aa5b1",
    grid="#272e37",
    rising="#2fc79b",
    falling="#ff8340",
    entry="#5cb3f5",
    warning="#e39bd3",
    on_tag="#0b0e12",
    lines=(
        (Overlay.BOLLINGER, "#8fa3b8"),
        (Overlay.SMA_20, "#f0c541"),
        (Overlay.SMA_50, "#5cb3f5"),
        (Overlay.SMA_200, "#e39bd3"),
        (Overlay.EMA_12, "#9bdcff"),
        (Overlay.EMA_26, "#d3a28f"),
    ),
)
SOLID: tuple[float, ...] = ()
DASHED = (5.0, 3.0)
DOTTED = (1.2, 2.0)
DASH_DOT = (6.0, 2.0, 1.2, 2.0)
DASHES = {
    Overlay.BOLLINGER: SOLID,
    Overlay.SMA_20: SOLID,
    Overlay.SMA_50: DASHED,
    Overlay.SMA_200: DASH_DOT,
    Overlay.EMA_12: DOTTED,
    Overlay.EMA_26: (3.0, 1.5),
}


def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    return DARK if theme is Theme.DARK else LIGHT
