"""Images: decoding with bounds, and bringing them to one size."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps

from .arrays import note
from .errors import BadData

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
GREY = ("1", "L", "LA", "La")
SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N")
ORIENTATION = 0x0112


def decoded(data: bytes, where: str, notes: list[str], orientation: str = "exif") -> np.ndarray:
    """The image as H×W×1 (grey) or H×W×3 bytes; 16-bit grey as float32 of [0, 1]. Alpha is dropped, not blended.

    `orientation` is `exif` (as a person sees it) or `stored`. Raises BadData where the image is damaged, of another
    format, has several frames, or claims more pixels than Pillow takes for sound.
    """
    if not data:
        raise BadData(f"{where}: an image without bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", message="Palette images with Transparency")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _pixels(image, data, where, notes, orientation)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadData(f"{where}: the image is too large: {error}") from None
    except Image.UnidentifiedImageError:
        raise BadData(
            f"{where}: begins with {data[:8]!r}, which is none of these images: {', '.join(FORMATS)}"
        ) from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
    ) as error:
        raise BadData(f"{where}: the image is damaged: {error}") from None


def _pixels(image: Image.Image, data: bytes, where: str, notes: list[str], orientation: str) -> np.ndarray:
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise BadData(f"{where}: the image has {frames} frames (allowed: one)")
    if image.format == "PNG" and data[24:25] == b"\x10" and data[25:26] != b"\0":
        raise BadData(
            f"{where}: a PNG with 16 bits for each colour, of which Pillow would drop 8 (allowed: 8 bits, or "
            "16 of grey)"
        )
    turned = image.getexif().get(ORIENTATION, 1) not in (0, 1)
    image.load()
    if turned and orientation == "exif":
        image = ImageOps.exif_transpose(image)
        note(notes, "images are turned as their EXIF orientation says")
    if image.mode in SIXTEEN or image.mode == "I" and image.format in ("PNG", "PPM", None):
        note(notes, "16-bit images are divided by 65535")
        return (np.asarray(image).astype(np.float64) / 65535).astype(np.float32)[..., None]
    if image.mode in GREY:
        pixels = np.asarray(image.convert("L") if image.mode == "1" else image.getchannel(0))
        return np.array(pixels, np.uint8)[..., None]
    if image.mode in ("P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr"):
        if image.mode in ("PA", "RGBa"):
            image = image.convert("RGBA")
        return np.array(image.convert("RGB"), np.uint8)
    raise BadData(f"{where}: pixels of mode {image.mode} (allowed: grey, palette, RGB, RGBA, CMYK, 16-bit grey)")


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The image H×W×C at another size: bilinear with area weights when it shrinks, as Pillow's BILINEAR."""
    if image.shape[:2] == (height, width):
        return image
    if image.dtype == np.uint8 and image.shape[2] in (1, 3):
        one = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        return np.asarray(one.resize((width, height), Image.Resampling.BILINEAR)).reshape(height, width, image.shape[2])
    planes = [Image.fromarray(np.ascontiguousarray(image[..., c], np.float32)) for c in range(image.shape[2])]
    made = np.stack([np.asarray(p.resize((width, height), Image.Resampling.BILINEAR)) for p in planes], -1)
    return np.clip(np.rint(made), 0, 255).astype(np.uint8) if image.dtype == np.uint8 else made


def png(image: np.ndarray) -> bytes:
    """The image H×W×1 or H×W×3 of bytes as a PNG."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "PNG", optimize=False)
    return file.getvalue()
