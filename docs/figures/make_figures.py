"""Draw the figures of docs/by-hand, beside this file: ``python docs/figures/make_figures.py [FOLDER]``.

All but two show the same earthquake, the record that comes with obspy (a local event at RJOB, Bavaria),
on its way through the bundled weights of the paper's network, stride 16 and 8 features.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import layers
import networks
import numpy as np
from drawing import Earthquake, plt
from PIL import Image

FIGURES = (
    layers.input,
    layers.pointwise,
    layers.depthwise,
    layers.dense_conv,
    layers.batch_norm,
    layers.relu,
    networks.inverted_residual,
    networks.upsampling,
    networks.heads,
    networks.loss,
    networks.network,
    networks.one_step,
)


def main(folder: Path) -> None:
    """Draw all figures into ``folder``."""
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    quake = Earthquake()
    for draw in FIGURES:
        figure = draw(quake)
        figure.set_dpi(110)
        figure.canvas.draw()
        picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
        # With a palette the twelve files have 0.4 instead of 1.0 MB.
        picture.quantize(96).save(folder / f"{draw.__name__}.png", optimize=True)
        plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
