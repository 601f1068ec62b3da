"""Overlays: colours that mean something, names that are safe, files that are whole."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detect.core.errors import ConfigurationError
from detect.core.heatmap import HeatMap
from detect.core.media import Frame
from detect.core.report import Overlay
from detect.report.html import render_html
from detect.report.pictures.overlay import heat_png
from detect.report.pictures.overlay_files import overlay_name, prepare_folder, write_overlays
from detect.report.pictures.thumbnails import make_thumbnails
from tests.report.factory import undecided_image


def half(left: float, right: float) -> HeatMap:
    values = np.full((8, 8), left, np.float32)
    values[:, 4:] = right
    return HeatMap(values, (0.25, 0.0, 0.75, 1.0))


def test_red_speaks_for_blue_against_and_what_was_not_seen_is_dark() -> None:
    pixels = np.full((200, 400, 3), 128, np.uint8)
    drawn = np.asarray(Image.open(io.BytesIO(heat_png(pixels, half(2.0, -2.0)))))
    offset = (drawn.shape[1] - 400) // 2
    red, blue = drawn[100, offset + 130].astype(int), drawn[100, offset + 270].astype(int)
    assert red[0] > red[2] + 80
    assert blue[2] > blue[0] + 60
    assert drawn[100, offset + 40].max() < 80


def test_a_map_of_rounding_noise_stays_pale() -> None:
    pixels = np.full((200, 200, 3), 128, np.uint8)
    drawn = np.asarray(Image.open(io.BytesIO(heat_png(pixels, half(0.05, -0.05)))))
    colour = drawn[100, drawn.shape[1] // 2 - 40].astype(int)
    assert int(colour.max() - colour.min()) < 30


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "a\\x1b[31m\nb.jpg",
        "画像.png",
        "CON",
        "..",
        "",
        "x" * 500,
        "-rf *",
        "a/b/c",
    ],
)
def test_names_are_safe_and_do_not_collide(path: str) -> None:
    report = undecided_image()
    report = replace(report, media=replace(report.media, path=path))
    name = overlay_name(report, 7, 12)
    assert name.startswith("00007-")
    assert name.endswith("-frame000012.png")
    assert name.isascii()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(name) < 100
    others = {
        overlay_name(report, 8, 12),
        overlay_name(report, 7, 13),
        overlay_name(report, 7, None),
    }
    assert name not in others
    assert len(others) == 3


def test_files_are_written_whole_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "maps"
    prepare_folder(folder)
    pixels = np.full((64, 64, 3), 90, np.uint8)
    png = heat_png(pixels, half(1.0, 0.0))
    report = replace(undecided_image(), overlays=(Overlay(png, None), Overlay(png, 3)))
    assert write_overlays(report, 1, folder) == 2
    assert len(list(folder.iterdir())) == 2
    assert all(path.read_bytes() == png for path in folder.iterdir())


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot make"):
        prepare_folder(tmp_path / "file" / "maps")


def test_the_page_shows_the_map_beside_the_picture_with_what_it_means() -> None:
    pixels = np.full((64, 96, 3), 90, np.uint8)
    frames = [Frame(pixels)]
    with_map = make_thumbnails(frames, heat={0: half(1.0, -1.0)})
    assert with_map[0].heat
    page = render_html([replace(undecided_image(), thumbnails=with_map)])
    assert page.count("data:image/jpeg;base64,") == 2
    assert "speaks for AI" in page
    assert "得分有误时" in page
    plain = render_html([replace(undecided_image(), thumbnails=make_thumbnails(frames))])
    assert plain.count("data:image/jpeg;base64,") == 1
    assert "speaks for AI" not in plain
