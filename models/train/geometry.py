"""Windows, and how pictures are drawn in them.

Coordinates are continuous, as in the library: pixel (i, j) covers the square
from (i, j) to (i + 1, j + 1).
"""

import cv2
import numpy as np

cv2.setNumThreads(1)

PADDING = (124, 116, 104)
"""The colour of what lies outside a picture."""

Window = tuple[float, float, float]
"""The left, the top and the side of a square."""


def window_to_grid(window: Window, size: int) -> np.ndarray:
    left, top, side = window
    scale = size / side
    return np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])


def through(matrix: np.ndarray, points) -> list[tuple[float, float]]:
    """The points, mapped by an affine matrix."""
    return [tuple(matrix[:, :2] @ point + matrix[:, 2]) for point in points]


def square_inside(
    centre: tuple[float, float], side: float, width: int, height: int
) -> Window:
    """A square round the centre, moved until it lies inside the picture. Along an axis
    on which the picture is shorter than the square, the square is centred on it."""

    def place(middle: float, length: float) -> float:
        if side >= length:
            return (length - side) / 2
        return min(max(middle - side / 2, 0), length - side)

    return place(centre[0], width), place(centre[1], height), side


def warp(
    image: np.ndarray,
    matrix: np.ndarray,
    width: int,
    height: int,
    border: int = cv2.BORDER_CONSTANT,
    padding=PADDING,
    how: int = cv2.INTER_LINEAR,
) -> np.ndarray:
    """The image, mapped by an affine matrix. An image that shrinks much is halved
    first, against aliasing. Only the visible part of the image is processed."""
    matrix = np.array(matrix, np.float64)
    if border == cv2.BORDER_CONSTANT:
        inverse = np.linalg.inv(matrix[:, :2])
        corners = np.array([[0, width, 0, width], [0, 0, height, height]])
        seen = inverse @ (corners - matrix[:, 2:])
        scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        room = 2 + 2 / scale
        high = np.minimum(np.ceil(seen.max(1) + room), image.shape[1::-1])
        low = np.maximum(np.floor(seen.min(1) - room), 0)
        if (high - low < 1).any():
            shape = (height, width) + image.shape[2:]
            return np.full(shape, padding if image.ndim > 2 else 0, image.dtype)
        (x0, y0), (x1, y1) = low.astype(int), high.astype(int)
        image = image[y0:y1, x0:x1]
        matrix[:, 2] += matrix[:, :2] @ (x0, y0)
    while (
        how != cv2.INTER_NEAREST
        and np.sqrt(abs(np.linalg.det(matrix[:, :2]))) < 0.6
        and min(image.shape[:2]) > 2
    ):
        rows, columns = image.shape[:2]
        half = columns // 2, rows // 2
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
        matrix[:, 0] *= columns / half[0]
        matrix[:, 1] *= rows / half[1]
    # In OpenCV, whole numbers are the centres of pixels.
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return cv2.warpAffine(
        np.ascontiguousarray(image),
        matrix,
        (width, height),
        flags=how,
        borderMode=border,
        borderValue=padding,
    )


def cut(image: np.ndarray, window: Window, size: int, padding=PADDING) -> np.ndarray:
    """The part of the image in a window, on a grid."""
    matrix = window_to_grid(window, size)
    return warp(image, matrix, size, size, padding=padding)


def bounds(mask: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the selected pixels."""
    columns = np.flatnonzero(mask.any(0))
    rows = np.flatnonzero(mask.any(1))
    if len(columns) == 0:
        return None
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def inner_distance(mask: np.ndarray) -> np.ndarray:
    """The distance of each pixel of a mask from the nearest pixel that is not in it.
    What lies outside the picture is not in the mask."""
    framed = cv2.copyMakeBorder(
        mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
