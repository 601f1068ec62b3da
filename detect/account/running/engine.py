"""Who scores the files of an audit."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from detect.account.running.people import PeopleWitness
from detect.core.media import Media, Status
from detect.core.report import Report
from detect.core.settings import Settings
from detect.media.source import display_name

if TYPE_CHECKING:
    from detect.detectors.base import Classifier
    from detect.models.manifest import Manifest

__all__ = ["Engine", "LocalEngine", "Scored"]


@dataclass(frozen=True, slots=True)
class Scored:
    """One scored file.

    Attributes:
        path: As it was given to the engine.
        report: Its report.
        extras: More to keep beside it, by name; `thumbnail` is a small JPEG of the first frame,
            faces and voices are in `detect.account.running.people`.
    """

    path: str
    report: Report
    extras: Mapping[str, bytes] = field(default_factory=dict)


class Engine(Protocol):
    """Scores files somewhere. The same file gets the same report from every engine."""

    @property
    def versions(self) -> Mapping[str, str]:
        """What a result depends on; see `config_digest`."""
        ...

    def score(self, paths: Iterable[str]) -> Iterator[Scored]:
        """Scores files.

        Args:
            paths: Absolute paths, read lazily, no faster than they are scored.

        Yields:
            One result for each path, in any order. A bad file is a report with a status.
        """
        ...

    def close(self) -> None:
        """Ends workers."""
        ...


class LocalEngine:
    """Scores on this machine, with the scanner.

    Args:
        settings: Of the scanner; `workers` decode at the same time.
        manifest: Other weights than the shipped ones.
        classifiers: Who looks at the files; the models of the manifest and the user's own when
            None.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        manifest: Manifest | None = None,
        classifiers: Sequence[Classifier] | None = None,
    ) -> None:
        from detect.pipeline.scanner import Scanner

        self._other: dict[str, str] = {}
        if manifest is not None:
            from detect.detectors.registry import load_classifiers

            classifiers = classifiers or load_classifiers(manifest, settings)
            self._other = {f"{m.id}.sha256": m.digest for m in manifest.models}
        self._scanner = Scanner(settings, thumbnails=True, classifiers=classifiers)
        self._witness = PeopleWitness(settings, manifest)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the scanner; weights are verified on the first call."""
        biometrics = "on" if self._scanner.settings.biometrics else "off"
        return {**self._scanner.versions, **self._other, "biometrics": biometrics}

    def score(self, paths: Iterable[str]) -> Iterator[Scored]:
        """As `Engine.score`, in the order of the paths."""
        waiting: deque[str] = deque()

        def sources() -> Iterator[str]:
            for path in paths:
                waiting.append(path)
                yield path

        for report, people in self._scanner.observe(sources(), self._witness.look):
            shown = {"thumbnail": report.thumbnails[0].jpeg} if report.thumbnails else {}
            yield Scored(waiting.popleft(), report, {**shown, **people})

    def failed(self, path: str, status: Status, reason: str) -> Scored:
        """The result of a file that could not be scored at all."""
        from detect.pipeline.extraction import Extracted

        media = Media(*display_name(os.fsencode(path)))
        return Scored(path, self._scanner.judge(Extracted(media, status, reason)))

    def close(self) -> None:
        """Ends the workers."""
        self._scanner.close()
