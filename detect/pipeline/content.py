"""Marks and watermarks in decoded content, and what they add to what a file declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detect.core.errors import DetectError
from detect.core.finding import Finding
from detect.core.mark import VisibleMark, Watermark
from detect.core.provenance import Declaration, Provenance
from detect.core.settings import Settings
from detect.pipeline.extraction import Extracted

if TYPE_CHECKING:
    from detect.models.manifest import Manifest

__all__ = ["ContentReader"]


class ContentReader:
    """Reads visible marks, and watermarks that can be decoded offline. Loads weights on first use.

    Visible marks and the watermark of sound are left out in the fast profile. May be asked from
    several threads.

    Args:
        manifest: The shipped weights.
        settings: The profile counts.
    """

    def __init__(self, manifest: Manifest, settings: Settings) -> None:
        from detect.marks.perth import PerthDecoder
        from detect.marks.visible_mark import MarkReader

        self._reader = MarkReader()
        self._decoder = PerthDecoder(manifest)
        self._fast = settings.profile == "fast"

    def read(self, file: Extracted) -> tuple[Provenance, tuple[Finding, ...]]:
        """What the content of a file says.

        Args:
            file: As it was extracted.

        Returns:
            The provenance with everything that was found added, and one finding for each reader
            that had something to look at, or was left out.

        Raises:
            WeightsError: Weights are missing or corrupt.
        """
        findings: list[Finding] = []
        declared: list[Declaration] = []
        marks: tuple[VisibleMark, ...] = ()
        watermarks: list[Watermark] = []
        if file.frames:
            finding, marks = self._marks(file)
            findings.append(finding)
        if file.frames and file.media.kind == "image":
            findings.append(_seen_by_worker(file))
            watermarks += file.watermarks or ()
        if file.audio and file.media.kind == "audio":
            from detect.marks.rhythm import read_rhythm

            findings.append(read_rhythm(file.audio))
        if file.audio:
            finding, heard = self._perth(file)
            findings.append(finding)
            watermarks += heard
        if marks:
            from detect.marks.visible_mark import declare

            declared += [declare(mark) for mark in marks]
        declared += [_declared(mark) for mark in watermarks]
        if not declared:
            return file.provenance, tuple(findings)
        from detect.provenance.declarations import in_order

        return replace(
            file.provenance,
            declarations=in_order((*file.provenance.declarations, *declared)),
            marks=marks,
            watermarks=tuple(watermarks),
        ), tuple(findings)

    def _marks(self, file: Extracted) -> tuple[Finding, tuple[VisibleMark, ...]]:
        from detect.marks.visible_mark import DETECTOR, VERSION

        if self._fast:
            return _left_out(DETECTOR, VERSION), ()
        try:
            return self._reader.read(file.media, file.frames)
        except DetectError:
            raise
        except Exception:  # its failure on one file does not end the run
            return Finding(DETECTOR, VERSION, status="error", reason="model-error"), ()

    def _perth(self, file: Extracted) -> tuple[Finding, tuple[Watermark, ...]]:
        from detect.marks.perth import DETECTOR, VERSION

        if self._fast:
            return _left_out(DETECTOR, VERSION), ()
        try:
            return self._decoder.read(file.audio, file.media.duration)
        except DetectError:
            raise
        except Exception:
            return Finding(DETECTOR, VERSION, status="error", reason="model-error"), ()


def _left_out(detector: str, version: str) -> Finding:
    return Finding(detector, version, status="not-applicable", reason="fast-profile")


def _seen_by_worker(file: Extracted) -> Finding:
    """The finding on what the worker decoded while it had the original pixels."""
    from detect.marks.sd_watermark import DETECTOR, VERSION

    if file.watermarks is None:
        reason = "no-original-pixels"
        return Finding(DETECTOR, VERSION, status="not-applicable", reason=reason)
    score = max((mark.score for mark in file.watermarks), default=None)
    return Finding(DETECTOR, VERSION, score=score)


def _declared(mark: Watermark) -> Declaration:
    from detect.marks import perth, sd_watermark

    return perth.declare(mark) if mark.scheme == "perth" else sd_watermark.declare(mark)
