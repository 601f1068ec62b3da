"""What follows: one result for each hypothesis, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from detect.core.finding import Span

__all__ = [
    "AppliedRule",
    "BaseRate",
    "Check",
    "HypothesisResult",
    "Label",
    "Lean",
    "LeanCode",
    "Outcome",
    "Reason",
    "Verdict",
    "VerdictLabel",
]

VerdictLabel = Literal[
    "ai-generated",
    "voice-synthetic",
    "ai-edited",
    "no-synthesis-found",
    "inconclusive",
    "not-examined",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a stable code and a sentence in both languages."""

    code: str
    en: str
    zh: str


LeanCode = Literal["leans-ai", "leans-camera", "leans-synthetic", "leans-recorded", "no-lean"]


@dataclass(frozen=True, slots=True)
class Lean:
    """How far the evidence of an inconclusive file goes, in words.

    Attributes:
        code: `leans-ai` or `leans-camera` for pictures, `leans-synthetic` or `leans-recorded` for
            voices, `no-lean` for both.
        times: How many times likelier the evidence is on the side of the lean, 1 or more.
        en: The sentence.
        zh: The same in Chinese.
    """

    code: LeanCode
    times: float
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What a probability becomes where `share` of the files are synthetic (both 0 to 1)."""

    share: float
    probability: float


@dataclass(frozen=True, slots=True)
class HypothesisResult:
    """The raw answer of the models, the final answer, and the reason for the difference.

    Attributes:
        status: `ok`, `not-applicable` or `error`.
        reason: Reason code where there is no decision, or where a rule overruled the models.
        llr: Fused log-likelihood ratio of the models, natural log, positive towards synthetic.
        probability: Posterior probability from `llr` and the prior, 0 to 1; None where the models
            were not made for such a file, and for `cgi_character`.
        model_decision: What the models alone decide at the operating point.
        decision: The final answer; None where the tool abstains.
        decided_by: `classifier`, `declaration`, or None.
        spans: Stretches of time that support the decision.
    """

    status: Literal["ok", "not-applicable", "error"]
    reason: str | None = None
    llr: float | None = None
    probability: float | None = None
    model_decision: bool | None = None
    decision: bool | None = None
    decided_by: Literal["classifier", "declaration"] | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for the whole file.

    Attributes:
        label: The most severe thing that was decided. `ai-edited` is only ever declared.
        probability: Posterior probability of synthesis, of the hypothesis that the label rests on
            (high is synthetic, whatever the label); None when a declaration decided (a declaration
            is not a probability) or nothing was examined.
        labels: Everything that was decided, most severe first.
        best_guess: What the models lean to when the label is `inconclusive`.
        reasons: Why, most important first.
        conflicts: Evidence that points the other way.
        would_change: What would change the answer.
        next: The one next step: `label`, `look-here`, `ask-original`, `compare`, `send-again`,
            `check-access` or `nothing`; None in reports of earlier releases.
        lean: How far the evidence goes when the label is `inconclusive`.
        base_rates: The probability at other shares of synthetic files than the prior.
    """

    label: VerdictLabel
    probability: float | None = None
    labels: tuple[VerdictLabel, ...] = ()
    best_guess: VerdictLabel | None = None
    reasons: tuple[Reason, ...] = ()
    conflicts: tuple[Reason, ...] = ()
    would_change: tuple[Reason, ...] = ()
    next: Reason | None = None
    lean: Lean | None = None
    base_rates: tuple[BaseRate, ...] = ()


Outcome = Literal["pass", "fail", "missing", "note", "not-examined"]
"""Conforms; does not; is not there; worth knowing, but no breach; could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One clause held against one file.

    Attributes:
        code: Stable machine code, for example `cn-explicit-height`.
        outcome: Whether the clause is kept.
        rule: Id of the rule (`detect label rules`).
        clause: The clause in words.
        en: What was found.
        zh: The same in Chinese.
        todo_en: What to do about it, None where nothing is to be done.
        todo_zh: The same in Chinese.
        measured: What was measured, in the unit of `required`.
        required: The least that the clause asks for.
    """

    code: str
    outcome: Outcome
    rule: str
    clause: str
    en: str
    zh: str
    todo_en: str | None = None
    todo_zh: str | None = None
    measured: float | None = None
    required: float | None = None


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule and whether it applies on the day of the grade.

    Attributes:
        id: Id of the rule (`detect label rules`).
        state: `in-force`, `upcoming` or `draft`.
        in_force: First day (ISO 8601), None where there is none.
        title_en: Name and clause.
        title_zh: The same in Chinese.
        verified: Whether its text was verified in the source it names.
    """

    id: str
    state: Literal["in-force", "upcoming", "draft"]
    in_force: str | None
    title_en: str
    title_zh: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What a law or platform asks to be shown.

    Attributes:
        category: For China `confirmed`, `possible`, `suspected` or `none-found`; elsewhere
            `disclose`, `review` or `none-found`; `not-in-force` before the first day of the law.
        text: The wording to show, in the language of the rule.
        reasons: Why this category.
        rule: The clause it follows.
        extra: Further fields of one jurisdiction.
        checks: How the labels that the file carries keep to the clauses.
        rules: The rules of the jurisdiction, those still to come among them.
    """

    category: str
    text: str
    reasons: tuple[Reason, ...] = ()
    rule: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    rules: tuple[AppliedRule, ...] = ()
