"""Reading labels without asking the classifiers."""

from __future__ import annotations

from functools import cached_property

from detect.core.settings import Settings
from detect.pipeline.content import ContentReader
from detect.pipeline.scanner import Scanner

__all__ = ["LabelReader"]


class LabelReader(Scanner):
    """A scanner that reads what a file declares, its visible marks and watermarks, and no more.

    Args:
        settings: As for `Scanner`.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings, classifiers=())

    @cached_property
    def _content(self) -> ContentReader | None:
        return ContentReader(self._manifest, self.settings)
