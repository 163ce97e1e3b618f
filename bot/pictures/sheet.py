"""A sheet of paper measured in pixels, its origin at the bottom left. The only home of matplotlib.

Only the object interface is used, so no figure outlives its picture and nothing global changes. Each call paints over
what was there before. Text is drawn as it is, never as mathematics or markup.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bot.pictures.png import encode
from bot.wording import clean
from signals.model import FloatArray

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.text import Text

WIDTH, HEIGHT = 1800, 1400  # 900 x 700 at double density
DPI = 200
POINTS = 72 / DPI  # in a pixel
LONGEST_TEXT = 300  # of it no more is tried to fit
CAPITAL = 0.73  # height of DejaVu's capitals and digits, in em
Align = Literal["left", "center", "right"]
_DRAWING = Lock()  # matplotlib does not promise to be safe in threads; drawing holds the interpreter anyway


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the sheet."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line's colour, its width in pixels, and its dashes in units of the width (none: solid)."""

    colour: str
    width: float = 2.0
    dashes: tuple[float, ...] = ()
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Fill:
    """A surface: filled, outlined, hatched, or any of them together."""

    colour: str = "none"
    edge: str = "none"
    width: float = 0.0
    alpha: float = 1.0
    hatch: str = ""


@dataclass(frozen=True, slots=True)
class Lettering:
    """How text looks: colour, size in pixels (the em), weight, and which point of it is placed."""

    colour: str
    size: float = 36.0
    bold: bool = False
    align: Align = "left"


class Sheet:
    """An empty sheet of `WIDTH` x `HEIGHT` pixels. Not to be shared between threads; many sheets may be."""

    def __init__(self, paper: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=paper, edgecolor="none")
        self._canvas: Any = FigureCanvasAgg(self._figure)  # its methods are not typed
        self._painted = 0
        self._texts: list[Text] = []
        self._widths: dict[tuple[str, float, bool], float] = {}

    def line(self, x: FloatArray, y: FloatArray, stroke: Stroke, clip: Box | None = None) -> None:
        """A line through the points, broken at NaN."""
        from matplotlib.lines import Line2D

        style: Any = (0, stroke.dashes) if stroke.dashes else "-"
        drawn = Line2D(
            x, y, color=stroke.colour, linewidth=stroke.width * POINTS, linestyle=style, alpha=stroke.alpha, marker=""
        )
        drawn.set_solid_joinstyle("round")
        self._add(drawn, clip)

    def segments(self, ends: FloatArray, stroke: Stroke, clip: Box | None = None) -> None:
        """Separate straight lines: `ends` has the shape (n, 4) with x0, y0, x1, y1."""
        from matplotlib.collections import LineCollection

        style: Any = (0, stroke.dashes) if stroke.dashes else "-"
        drawn = LineCollection(
            ends.reshape(-1, 2, 2),  # type: ignore[arg-type]
            colors=stroke.colour,
            linewidths=stroke.width * POINTS,
            linestyles=style,
            alpha=stroke.alpha,
            antialiaseds=False,
        )
        self._add(drawn, clip)

    def boxes(self, corners: FloatArray, fill: Fill, clip: Box | None = None) -> None:
        """Rectangles: `corners` has the shape (n, 4) with left, bottom, right, top."""
        self.shapes(corners[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2), fill, clip, smooth=False)

    def shapes(self, corners: FloatArray, fill: Fill, clip: Box | None = None, *, smooth: bool = True) -> None:
        """Polygons of one number of corners: shape (n, corners, 2)."""
        from matplotlib.collections import PolyCollection

        drawn = PolyCollection(
            corners,  # type: ignore[arg-type]
            facecolors=fill.colour,
            edgecolors=fill.edge,
            linewidths=fill.width * POINTS,
            alpha=fill.alpha,
            hatch=fill.hatch or None,
            antialiaseds=smooth,
        )
        self._add(drawn, clip)

    def text(self, x: float, y: float, text: str, lettering: Lettering) -> None:
        """One line of plain text, the middle of its capitals at `y`."""
        from matplotlib.text import Text

        drawn = Text(
            x,
            y - CAPITAL / 2 * lettering.size,
            readable(text),
            color=lettering.colour,
            fontproperties=_font(lettering.size, bold=lettering.bold),
            horizontalalignment=lettering.align,
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
        )
        self._texts.append(drawn)
        self._add(drawn, None)

    def width(self, text: str, lettering: Lettering) -> float:
        """Pixels that the text takes from left to right."""
        sought = (text, lettering.size, lettering.bold)
        if sought not in self._widths:
            font = _font(lettering.size, bold=lettering.bold)
            with _DRAWING:
                measured = self._canvas.get_renderer().get_text_width_height_descent(readable(text), font, False)
            self._widths[sought] = float(measured[0])
        return self._widths[sought]

    def fitted(self, text: str, lettering: Lettering, room: float) -> str:
        """The text, or as much of its beginning as fits into `room` pixels, with an ellipsis."""
        whole = readable(text[:LONGEST_TEXT])
        if self.width(whole, lettering) <= room:
            return whole
        lengths = range(1, len(whole))
        fits = bisect_left(lengths, x=True, key=lambda n: self.width(f"{whole[:n]}…", lettering) > room)
        return f"{whole[:fits].rstrip()}…" if fits else ""

    def placed_texts(self) -> tuple[tuple[str, Box], ...]:
        """Every text with the pixels that its ink covers, in the order of drawing."""
        with _DRAWING:
            extents = [t.get_window_extent(self._canvas.get_renderer()) for t in self._texts]
        return tuple((t.get_text(), Box(e.x0, e.y0, e.x1, e.y1)) for t, e in zip(self._texts, extents, strict=True))

    def png(self) -> bytes:
        """The picture; the same bytes for the same drawing under one version of matplotlib."""
        with _DRAWING:
            self._canvas.draw()
        return encode(np.asarray(self._canvas.buffer_rgba())[:, :, :3], round(DPI / 0.0254))

    def _add(self, artist: Artist, clip: Box | None) -> None:
        from matplotlib.transforms import Bbox, IdentityTransform

        artist.set_transform(IdentityTransform())
        self._painted += 1
        artist.set_zorder(self._painted)
        self._figure.add_artist(artist)
        if clip is not None:
            artist.set_clip_box(Bbox([[clip.left, clip.bottom], [clip.right, clip.top]]))


def points(*rows: Sequence[float]) -> FloatArray:
    """Rows of coordinates as an array."""
    return np.array(rows, dtype=np.float64)


def readable(text: str) -> str:
    """The text on one line, a question mark for each character that the font lacks."""
    from matplotlib.font_manager import get_font

    known = get_font(_face(bold=False)).get_char_index
    return "".join(c if known(ord(c)) else "?" for c in " ".join(clean(text).split()))


def _font(size: float, *, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_face(bold=bold), size=size * POINTS)


def _face(*, bold: bool) -> str:
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)
