"""A Gaussian on a grid by FFT: sampled at the distances between centres, its width corrected for sharing out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

ACCURACY_STEP = np.sqrt(2.0)  # accuracies are rounded up to steps, so that a few kernels serve all
FARTHEST = 6.0  # widths: a Gaussian has 2e-9 of itself beyond


@dataclass(frozen=True, eq=False)
class Smoothing:
    """A Gaussian kernel, sampled at the distances between centres, as its transform on a padded array."""

    shape: tuple[int, ...]
    padded: tuple[int, ...]
    transform: NDArray[np.complex128]

    @classmethod
    def of(cls, shape: tuple[int, ...], width_cells: float, *, sharings: int = 1) -> "Smoothing":
        """Make the kernel whose standard deviation, with linear sharing, is `width_cells` in all.

        Parameters
        ----------
        sharings
            How often values are shared out or read between centres: each adds a sixth of a squared cell.
        """
        spread = np.sqrt(width_cells**2 - sharings / 6)
        padded, transforms = [], []
        for size, is_real in zip(shape, (False, True), strict=True):
            reach = min(size - 1, int(np.ceil(FARTHEST * spread)))
            length = fft.next_fast_len(size + reach, real=is_real)
            kernel = np.zeros(length)
            kernel[: reach + 1] = gaussian_steps(spread, reach)
            kernel[length - reach :] = kernel[1 : reach + 1][::-1]
            padded.append(length)
            transforms.append(fft.rfft(kernel) if is_real else fft.fft(kernel))
        return cls(shape, tuple(padded), np.outer(*transforms))

    def apply(self, layer: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convolve one array of the kernel's shape."""
        return self.together([self], layer[None])

    @staticmethod
    def together(kernels: "list[Smoothing]", layers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convolve each layer with its kernel and add them up, with one way back for each padding."""
        summed = np.zeros(kernels[0].shape)
        for padded in sorted({kernel.padded for kernel in kernels}):
            same = [place for place, kernel in enumerate(kernels) if kernel.padded == padded]
            spectrum = np.zeros_like(kernels[same[0]].transform)
            for place in same:
                spectrum += fft.rfft2(layers[place], s=padded) * kernels[place].transform
            summed += fft.irfft2(spectrum, s=padded, overwrite_x=True)[: summed.shape[0], : summed.shape[1]]
        return summed


def gaussian_steps(spread: float, reach: int) -> NDArray[np.float64]:
    """Return the normal density at 0, 1, … `reach` cells, per cell, for a spread in cells."""
    steps = np.arange(reach + 1) / spread
    density: NDArray[np.float64] = np.exp(-0.5 * steps**2) / (spread * np.sqrt(2 * np.pi))
    return density


def accuracy_classes(accuracy_m: NDArray[np.float64], cell_m: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Round radii up to half a cell times powers of √2; below a quarter of a cell a position is exact.

    Returns
    -------
    tuple
        ``(k,)`` radii that occur, rising, and ``(n,)`` which of them each position has; a 0 alone without positions.

    Examples
    --------
    >>> accuracy_classes(np.array([0.0, 30.0, 50.0]), 50.0)[0].round(1).tolist()
    [0.0, 35.4, 50.0]
    """
    if len(accuracy_m) == 0:
        return np.zeros(1), np.zeros(0, dtype=np.int64)
    steps = np.ceil(np.log(np.maximum(accuracy_m, 1e-9) / (cell_m / 2)) / np.log(ACCURACY_STEP) - 1e-9)
    rounded = np.where(accuracy_m < cell_m / 4, 0.0, cell_m / 2 * ACCURACY_STEP**steps)
    classes, class_of = np.unique(rounded, return_inverse=True)
    return classes, class_of.astype(np.int64)
