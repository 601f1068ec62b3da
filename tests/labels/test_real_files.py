"""Grades of files with real credentials and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.core.provenance import Provenance
from detect.labels import grade
from detect.provenance.declarations import read_provenance
from detect.provenance.trust import TrustLists


def read(path: Path) -> Provenance:
    with path.open("rb") as file:
        return read_provenance(file, path.suffix[1:].replace("jpg", "jpeg"), trust=TrustLists())


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("aigc/gb_xmp_elem.jpg", "confirmed"),
        ("aigc/gb_udta.mp4", "confirmed"),
        ("aigc/gb_riff.wav", "confirmed"),
        ("aigc/gb_label3.png", "suspected"),
        ("aigc/bad_labelvalue.png", "suspected"),
        ("real/raw_chatgpt-1.png", "confirmed"),
        ("real/raw_firefly-1.png", "confirmed"),
        ("real/raw_grok-1.jpg", "confirmed"),
        ("real/cal_doubao_gray_1x1_1.png", "confirmed"),
        ("genmeta/sdp_automatic1111_cropped.png", "confirmed"),
        ("c2pa/rs_C.jpg", "none-found"),
        ("c2pa/ptf_adobe-20220124-E-dat-CA.jpg", "none-found"),
        ("c2pa/rs_cloud.jpg", "none-found"),
    ],
)
def test_grade_for_china(provenance: Path, name: str, category: str) -> None:
    assert grade({}, read(provenance / name))["cn"].category == category
