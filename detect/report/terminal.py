"""Reports for people at a terminal: the verdict first, then the evidence.

Nothing is parsed as markup, and every text that came out of a file is made harmless, so that a file
name can neither colour, move nor reorder anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from detect.core.clock import clock
from detect.core.finding import Evidence
from detect.core.report import Report
from detect.report.summary import (
    Tally,
    answer,
    at_half,
    breaches,
    code_words,
    gaps,
    headline,
    hypothesis_key,
    kind_line,
    trouble,
)
from detect.report.telling import base_rate_words, telling, times_words
from detect.report.text import clean, percent
from detect.report.tracks import Track, columns, standing, tracks
from detect.report.words import Language, Phrase, phrase, word

__all__ = ["ReportTable", "print_report"]

_BADGE = {
    "ai-generated": "bold white on red3",
    "voice-synthetic": "bold white on magenta3",
    "ai-edited": "bold black on orange1",
    "inconclusive": "bold black on yellow3",
    "not-examined": "bold white on grey42",
    "no-synthesis-found": "bold white on dodger_blue3",
}
_ANSWER = {
    "answer.yes": "bold red",
    "answer.no": "blue",
    "answer.undecided": "yellow",
    "answer.error": "bold red",
}
_STANDING = {"yes": "red", "no": "blue", "undecided": "yellow", "none": "dim"}
_CATEGORY = {"confirmed": "bold red", "disclose": "bold red", "none-found": "dim"}
_FULL_SCALE = 5.0
"""Log-likelihood ratio at which a sparkline is full (odds of about 150 to 1)."""


def print_report(report: Report, console: Console, *, language: Language = "en") -> None:
    """Prints everything that matters about one file.

    Args:
        report: The report.
        console: Where to; its width, colours and encoding are respected.
        language: Of all words.
    """
    _Page(report, console, language).print()


class ReportTable:
    """One line a file, printed as reports arrive, and a summary at the end.

    Args:
        console: Where to.
        language: Of all words.
    """

    def __init__(self, console: Console, *, language: Language = "en") -> None:
        self._console = console
        self._language = language
        self._tally = Tally()
        self._rates: set[bool] = set()
        labels = [phrase(f"verdict.{label}").say(language) for label in _BADGE]
        self._badge = max(cell_len(label) for label in labels)

    def add(self, report: Report, notes: Sequence[Phrase] = ()) -> None:
        """Prints one report, and notes on it.

        One line where it fits or the output is no terminal, else two.

        The path is never cut, nor is the reason.
        """
        self._tally.add(report)
        language, console, head = self._language, self._console, headline(report)
        certainty = f"{head.number} · {head.rare}" if head.rare else head.number or ""
        if not _unicode(console):
            certainty = certainty.replace(" · ", " | ")
        self._rates |= at_half(report)
        if head.short:
            certainty = head.short.say(language)
        elif not certainty and report.verdict.label not in ("not-examined", "inconclusive"):
            certainty = word("by.declaration", language)
        fact = telling(report)
        why = Text(fact.say(language) if fact else "", style="dim")
        if step := report.verdict.next:
            arrow = "→" if _unicode(console) else "->"
            why.append(f"{' ' if why.plain else ''}{arrow} {getattr(step, language)}")
        for note in notes:
            why.append(f"{'  ' if why.plain else ''}{note.say(language)}")
        line = Text(end="")
        line.append_text(_badge(report, language, console, self._badge))
        line.append(f" {set_cell_size(certainty, max(_CERTAINTY, cell_len(certainty)))} ", "bold")
        name = clean(report.media.path, 400)
        if not console.is_terminal:
            line.append(f"{clean(report.media.path)}  ").append_text(why)
            console.print(line, soft_wrap=True, end="\n")
            return
        room = console.width - cell_len(line.plain)
        column = room * 2 // 5
        if console.width >= _WIDE and cell_len(name) <= column:
            indent = cell_len(line.plain) + column + 2
            line.append(set_cell_size(name, column) + "  ")
            if cell_len(why.plain) <= console.width - indent:
                console.print(line.append_text(why), end="\n")
                return
            table = _grid(2)
            table.columns[0].width = indent
            table.columns[0].no_wrap = True
            table.add_row(line, why)
            console.print(table)
            return
        table = _grid(2)
        table.columns[0].width = cell_len(line.plain)
        table.columns[0].no_wrap = True
        table.add_row(line, Text(name))
        console.print(table)
        console.print(Padding(why, (0, 0, 0, 4), expand=False), overflow="fold")

    def summary(self, left_out: Phrase | None = None) -> None:
        """Prints the counts by verdict, and why files could not be examined.

        Args:
            left_out: What was not scanned at all.
        """
        language, console = self._language, self._console
        console.print(Rule(style="dim", characters=_dash(console)))
        tally = self._tally
        parts = [Text(f"{tally.total} {word('ui.files', language)}", style="bold")]
        why = [_count(n, word(f"status.{s}", language), language) for s, n in tally.status_counts()]
        listed = f" ({', '.join(why)})" if language == "en" else f"（{'、'.join(why)}）"
        for label, count in tally.verdict_counts():
            text = _count(count, _lower(word(f"verdict.{label}", language)), language)
            parts.append(Text(text + listed if why and label == "not-examined" else text))
        console.print(_joined(parts, console), soft_wrap=not console.is_terminal)
        if left_out is not None:
            console.print(Text(left_out.say(language), style="dim"), soft_wrap=True)
        if self._rates:
            key = "ui.base-rates-note" if self._rates == {True} else "ui.base-rates-set"
            console.print(Text(word(key, language), style="dim"))


_CERTAINTY = 14
"""Cells of the second column."""
_WIDE = 120
"""Columns from which a file may stand on one line of a terminal."""


class _Page:
    def __init__(self, report: Report, console: Console, language: Language) -> None:
        self.report = report
        self.console = console
        self.language = language

    def say(self, words: Phrase) -> str:
        return words.say(self.language)

    def word(self, key: str) -> str:
        return word(key, self.language)

    def print(self) -> None:
        self._headline()
        self._hypotheses()
        self._timeline()
        self._provenance()
        self._evidence()
        self._reasons("ui.conflicts", self.report.verdict.conflicts, "bold yellow")
        self._labels()
        self._reasons("ui.would-change", self.report.verdict.would_change)
        self._list("ui.not-examined", [Text(self.say(gap)) for gap in gaps(self.report)])
        self._versions()

    def _headline(self) -> None:
        report, head = self.report, headline(self.report)
        name = Text(clean(report.media.path, 400), style="bold")
        facts = [Text(self.say(part)) for part in kind_line(report.media)]
        self.console.print(name, overflow="fold")
        if report.media.kind != "unknown" or report.media.size is not None:
            line = _joined(facts, self.console)
            line.stylize("dim")
            self.console.print(line)
        self.console.print()
        line = _badge(report, self.language, self.console)
        if head.certainty:
            line.append("  ").append(self.say(head.certainty), style="bold")
        self.console.print(line)
        rates = base_rate_words(report.verdict.base_rates)
        if rates and report.verdict.label != "inconclusive":
            self.console.print(Text(self.say(rates), style="dim"))
        if head.also:
            names = ", ".join(self.say(label) for label in head.also)
            self.console.print(Text(f"{self.word('ui.also')}: {names}", style="bold"))
        said = [head.sentence, trouble(report)]
        said += [Phrase(reason.en, reason.zh) for reason in report.verdict.reasons]
        for sentence in dict.fromkeys(filter(None, said)):
            self.console.print(Text(self.say(sentence)))
        if head.gloss and not report.verdict.reasons:
            self.console.print(Text(self.say(head.gloss), style="dim"))
        if step := report.verdict.next:
            colon = "：" if self.language == "zh" else ": "
            line = Text(f"{self.word('ui.next')}{colon}", style="bold")
            self.console.print(line.append(getattr(step, self.language)))

    def _heading(self, key: str, style: str = "bold") -> None:
        self.console.print()
        self.console.print(Text(self.word(key), style=style))

    def _body(self, text: Text) -> None:
        self.console.print(Padding(text, (0, 0, 0, 2), expand=False), overflow="fold")

    def _list(self, key: str, items: Iterable[Text], style: str = "bold") -> None:
        bullet = "• " if _unicode(self.console) else "- "
        table = _grid(2)
        for item in items:
            table.add_row(Text(bullet), item)
        if table.row_count:
            self._heading(key, style)
            self.console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _reasons(self, key: str, reasons: Iterable[object], style: str = "bold") -> None:
        self._list(
            key,
            [Text(getattr(reason, self.language)) for reason in reasons],
            style,
        )

    def _hypotheses(self) -> None:
        results = self.report.hypotheses
        if all(result.status != "ok" for result in results.values()):
            return
        self._heading("ui.hypotheses")
        names = {n: self.word(hypothesis_key(n, self.report.media)) for n in results}
        answers = [self.word(f"answer.{key}") for key in ("yes", "no", "undecided")]
        wide, narrow = max(map(cell_len, names.values())), max(map(cell_len, answers))
        for name, result in results.items():
            key = answer(result)
            style = _ANSWER.get(key, "")
            line = Text(f"{set_cell_size(names[name], wide)}  ")
            if result.status != "ok":
                line.append(f"{self.word(key)}: {self.say(code_words(result.reason))}", style=style)
            else:
                line.append(set_cell_size(self.word(key), narrow), style=style)
            if result.probability is not None and result.llr is not None:
                line.append("  ").append_text(_bar(result.probability, self.console, style))
                line.append(f" {percent(result.probability):>4}")
                line.append(f"  {self.say(times_words(name, result.llr))}", style="dim")
            if result.decided_by == "declaration":
                line.append(f"  {self.word('by.declaration')}", style="dim")
            self._body(line)

    def _timeline(self) -> None:
        drawn = tracks(self.report)
        if not drawn:
            return
        self._heading("ui.timeline")
        names = [self.word(f"track.{track.hypothesis}") for track in drawn]
        if len(set(names)) < len(names):
            names = [clean(track.detector, 16) for track in drawn]
        label = max(cell_len(name) for name in names)
        width = max(10, min(60, self.console.width - label - 6))
        for name, track in zip(names, drawn, strict=True):
            line = Text(set_cell_size(name, label) + "  ", no_wrap=True)
            line.append_text(_sparkline(track, width, self.console))
            self._body(line)
        scale = f"0:00{clock(drawn[0].end):>{width - 4}}"
        self._body(Text(" " * (label + 2) + scale, style="dim", no_wrap=True))
        for track in drawn:
            spans = ", ".join(f"{clock(s.start)}–{clock(s.end)}" for s in track.decided[:12])
            if spans:
                more = " …" if len(track.decided) > 12 else ""
                text = f"{self.word(f'track.{track.hypothesis}')}: "
                sure = self.report.hypotheses[track.hypothesis].decision
                key = "ui.decided-span" if sure else "ui.part-span"
                text += f"{self.word(key)} {spans}{more}"
                self._body(Text(text, style="red" if sure else "yellow"))

    def _provenance(self) -> None:
        found = self.report.provenance
        bare = found.c2pa_state == "absent" and not found.declarations
        if self.report.status != "ok" and bare and not found.claims:
            return
        self._heading("ui.provenance")
        if bare:
            key = "ui.unsigned-only" if found.claims else "ui.nothing-declared"
            self._body(Text(self.word(key), style="dim"))
            self._claims()
            return
        self._body(Text(self.word(f"c2pa.{found.c2pa_state}")))
        rows = {
            "ui.remote": found.c2pa_remote,
            "ui.problems": ", ".join(found.c2pa_problems),
            "ui.soft-bindings": ", ".join(found.c2pa_soft_bindings),
        }
        if found.manifests:
            rows["ui.trust-lists"] = ", ".join(found.trust_lists) or self.word("ui.no-trust-list")
        for key, value in rows.items():
            if value:
                self._body(Text(f"{self.word(key)}: {clean(value, 300)}", style="dim"))
        for declaration in found.declarations:
            parts = [
                self.word(f"source.{declaration.source}"),
                self.word(f"claim.{declaration.claim}"),
                self.word(f"state.{declaration.state}"),
            ]
            if declaration.tool:
                parts.append(f"{self.word('ui.tool')}: {clean(declaration.tool, 80)}")
            self._body(_joined([Text(part) for part in parts], self.console))
        shown = found.manifests[:_MANIFESTS]
        arrow = "└ " if _unicode(self.console) else "+ "
        for manifest in shown:
            indent = "  " * min(manifest.depth, 6) + (arrow if manifest.depth else "")
            maker = clean(manifest.generator or manifest.label, 60)
            text = f"{indent}{self.word(f'relationship.{manifest.relationship}')}: {maker}"
            if manifest.signer:
                text += f" ({self.word('ui.signer')} {clean(manifest.signer, 60)})"
            self._body(Text(text, style="dim"))
        if left := len(found.manifests) - len(shown):
            self._body(Text(f"+ {left} {self.word('ui.more-manifests')}", style="dim"))

        if found.claims:
            self._body(Text(f"{self.word('ui.unsigned-claims')}:", style="dim"))
            self._claims()

    def _claims(self) -> None:
        for claim in self.report.provenance.claims:
            self._body(Text(f"{self.word(f'metadata.{claim.field}')}: {clean(claim.text, 120)}"))

    def _evidence(self) -> None:
        self._list("ui.evidence", [self._one(e) for e in self.report.evidence])

    def _one(self, evidence: Evidence) -> Text:
        text = Text(clean(getattr(evidence, self.language), 600))
        if evidence.where:
            text.append(f" [{clean(evidence.where, 80)}]", style="dim")
        if evidence.untrusted:
            quoted = clean(evidence.untrusted, 200)
            text.append(f"\n{self.word('ui.from-file')}: “{quoted}”", style="dim italic")
        return text

    def _labels(self) -> None:
        if self.report.verdict.label == "not-examined" and self.report.status != "ok":
            return
        table = _grid(3, padding=2)
        for name, label in self.report.labels.items():
            text = label.extra.get(f"text_{self.language}", label.text)
            table.add_row(
                Text(self.word(f"jurisdiction.{name}")),
                Text(
                    self.word(f"category.{label.category}"), _CATEGORY.get(label.category, "yellow")
                ),
                Text(text),
            )
        if table.row_count:
            self._heading("ui.labels")
            self.console.print(Padding(table, (0, 0, 0, 2), expand=False))
            for name, label in self.report.labels.items():
                for check in breaches(label):
                    says = check.zh if self.language == "zh" else check.en
                    where = self.word(f"jurisdiction.{name}")
                    self._body(Text(f"• {where}: {clean(says)} [{check.clause}]"))
            self._body(Text(self.word("ui.no-advice"), style="dim"))

    def _versions(self) -> None:
        shown = [
            f"{clean(name, 40)} {clean(value, 40)}"
            for name, value in self.report.versions.items()
            if not name.endswith(".sha256")
        ]
        if self.report.media.sha256:
            shown.append(f"sha256 {self.report.media.sha256[:16]}…")
        if shown:
            self.console.print()
            line = _joined([Text(part) for part in shown], self.console)
            line.stylize("dim")
            self.console.print(line)


_MANIFESTS = 8


def _grid(columns: int, padding: int = 0) -> Table:
    table = Table.grid(padding=(0, padding, 0, 0), pad_edge=False)
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table


def _unicode(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


def _dash(console: Console) -> str:
    return "─" if _unicode(console) else "-"


def _joined(parts: list[Text], console: Console) -> Text:
    return Text(" · " if _unicode(console) else " | ").join(parts)


def _lower(text: str) -> str:
    return text if text.startswith("AI") else text[:1].lower() + text[1:]


def _count(count: int, what: str, language: Language) -> str:
    return f"{count} {what}" if language == "en" else f"{what} {count}"


def _badge(report: Report, language: Language, console: Console, width: int = 0) -> Text:
    label = word(f"verdict.{report.verdict.label}", language)
    label = set_cell_size(label, max(width, cell_len(label)))
    if console.color_system is None or console.no_color:
        return Text(f"[{label if width else label.upper()}]", style="bold")
    return Text(f" {label if width else label.upper()} ", style=_BADGE[report.verdict.label])


def _bar(share: float, console: Console, style: str, width: int = 12) -> Text:
    filled = round(share * width)
    full, empty = ("█", "░") if _unicode(console) else ("#", ".")
    text = Text(full * filled, style=style)
    return text.append(empty * (width - filled), style="dim")


def _sparkline(track: Track, width: int, console: Console) -> Text:
    levels = "▁▂▃▄▅▆▇█" if _unicode(console) else "_.-=+*%#"
    text = Text(no_wrap=True)
    for llr in columns(track, width):
        if llr is None:
            text.append(" ")
            continue
        share = (max(-_FULL_SCALE, min(_FULL_SCALE, llr)) + _FULL_SCALE) / (2 * _FULL_SCALE)
        place = min(len(levels) - 1, int(share * len(levels)))
        text.append(levels[place], style=_STANDING[standing(llr, track.positive, track.negative)])
    return text
