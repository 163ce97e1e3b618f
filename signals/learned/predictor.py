"""From rows of features to calibrated probabilities, the same for a chart and its mirror image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.learned.boosting import Booster
from signals.learned.rows import ODD
from signals.learned.scores import tempered
from signals.model import FloatArray


@dataclass(frozen=True, slots=True)
class Predictor:
    """Trees over `features` in this order, the class prior they are tempered against, and the temperature."""

    booster: Booster
    features: tuple[str, ...]
    prior: FloatArray
    temperature: float = 1.0

    def raw(self, x: FloatArray) -> FloatArray:
        """(n, 3) probabilities before the temperature: the mean of a row's and of its mirror image's, turned back."""
        sign, offset = self._mirror()
        both: FloatArray = self.booster.predict(np.concatenate([x, x * sign + offset]), num_threads=1)
        return (both[: len(x)] + both[len(x) :, ::-1]) / 2.0

    def __call__(self, x: FloatArray) -> FloatArray:
        """(n, 3) probabilities of sell, hold, buy for (n, features) rows without NaN."""
        return tempered(self.raw(x), self.prior, self.temperature)

    def _mirror(self) -> tuple[FloatArray, FloatArray]:
        sign = np.array([-1.0 if name in ODD else 1.0 for name in self.features])
        offset = np.array([1.0 if name == "band_position" else 0.0 for name in self.features])
        return sign, offset
