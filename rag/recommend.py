"""From a judged market to a recommendation: code first, then the model's checked words, then the log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from rag.account import AccountRules, KnownAccount, Stated, known_account
from rag.desk import Desk, Judgement
from rag.explain import Explained, Explainer, ExplainRequest
from rag.facts import Sizing, market_facts, plan_facts, record_facts, size_facts
from rag.llm import ModelError
from rag.recommendation import Fact, Progress, Recommendation, Source, as_dict
from rag.retrieve import Retriever
from rag.styles import styled
from rag.templates import reasoning, what_would_change
from rag.turns import unless_stopped
from rag.veto import vetoed
from signals.model import Market
from signals.risk import RiskAssessment, assess
from signals.sizing import SizeInput, risk_scale, size_position
from signals.universe import names_of
from storage.stores import Stores
from storage.values import LoggedRecommendation, scope_of

CAUTION = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class AdviceRequest:
    """Who asks what about which market, when, with what money, and whether a model may explain.

    `progress` is given the rules-only recommendation before a model is asked; it is not stored yet.
    """

    question: str
    interpretation: str
    market: Market
    owner: str
    scopes: tuple[str, ...]
    now: datetime
    stated: Stated = field(default_factory=Stated)
    tighter_stop: bool = False
    use_model: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything code computed for a request, before any model has seen it."""

    request: AdviceRequest
    judged: Judgement
    known: KnownAccount | None
    sizing: Sizing | None
    risk: RiskAssessment | None
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


class Recommender:
    """Builds, explains and logs recommendations. `explainer` None means rules only, for the given reason."""

    def __init__(
        self, stores: Stores, desk: Desk, retriever: Retriever, rules: AccountRules, explainer: Explainer | None
    ) -> None:
        self._stores = stores
        self._desk = desk
        self._retriever = retriever
        self._rules = rules
        self._explainer = explainer

    async def recommend(self, request: AdviceRequest) -> Recommendation:
        """The recommendation, stored with its facts, sources and rules-only twin.

        Bad data and a bad model never raise: the former is NO_DATA, STALE or NO_SIGNAL, the latter `method: rules` with
        `fallback_reason`.
        """
        draft = await self.draft(request)
        twin = rules_only(draft)
        final, explained = await self._explain(draft, twin)
        await self._stores.recommendations.save(_logged(request, final, twin, explained))
        return final

    async def preview(self, request: AdviceRequest) -> Recommendation:
        """What the rules say now, for an explanation: no model is asked and nothing is stored."""
        return rules_only(await self.draft(request))

    async def draft(self, request: AdviceRequest) -> Draft:
        """The judgement, size, risk and evidence; nothing is stored and no model is asked."""
        judged = await self._desk.taught(request.market, request.now, tighter_stop=request.tighter_stop)
        signal, plan = judged.analysis.signal, judged.analysis.plan
        known = sizing = risk = None
        if signal.price is not None:
            asked = (request.market.symbol, signal.price, request.now)
            owner = request.owner if scope_of(request.owner) in request.scopes else ""  # others read a channel
            known = await known_account(self._stores, self._rules, owner, request.stated, asked)
            judged, unstyled = styled(judged, known.style)
            known = replace(known, notes=(*known.notes, unstyled) if unstyled else known.notes)
            plan = judged.analysis.plan
        if plan is not None and known is not None:
            sizing = self._size(judged, known, Decimal(1))
        if judged.analysis.features is not None:
            risk = assess(signal, plan, judged.analysis.features)
        sources, notes = await self._evidence(request)
        return Draft(request, judged, known, sizing, risk, sources, notes)

    def _size(self, judged: Judgement, known: KnownAccount, caution: Decimal) -> Sizing | None:
        signal, plan = judged.analysis.signal, judged.analysis.plan
        if plan is None:
            return None
        scale = risk_scale(judged.confidence, signal.size_factor) * caution
        wanted = SizeInput(plan, judged.market_rules, scale)
        size = size_position(wanted, known.account, known.size_rules)
        return Sizing(known.account, known.size_rules, scale, size)

    async def _evidence(self, request: AdviceRequest) -> tuple[tuple[Source, ...], tuple[str, ...]]:
        found = await self._retriever.advice_bundle(request.market, request.scopes, request.now)
        sources = tuple(
            Source(n, d.doc_id, d.type, d.at, d.trust, d.text) for n, d in enumerate(found.documents, start=1)
        )
        if sources:
            return sources, found.notes
        empty = (
            "The knowledge base holds nothing about this market yet: `deskmate sync` or `deskmate reindex` fills it."
        )
        return (), (*found.notes, empty)

    async def _explain(self, draft: Draft, twin: Recommendation) -> tuple[Recommendation, Explained | None]:
        refusal = self._why_no_model(draft)
        if refusal is not None or self._explainer is None:
            return replace(twin, fallback_reason=refusal or ""), None
        wanted = ExplainRequest(
            question=draft.request.question,
            facts=twin.facts,
            sources=draft.sources,
            direction=twin.action.direction,
            symbol=twin.symbol or "",
        )
        if draft.request.progress is not None:
            await draft.request.progress(twin)
        try:
            explained = await unless_stopped(self._explainer.explain(wanted))
        except ModelError as e:
            return replace(twin, fallback_reason=e.reason), None
        return self._with_words(draft, twin, explained), explained

    def _why_no_model(self, draft: Draft) -> str | None:
        if not draft.request.use_model:
            return "asked without a model"
        if self._explainer is None:
            return "no model is configured"
        if not draft.judged.analysis.signal.action.is_advice:
            return "there is no advice to explain"
        return None if draft.sources else "there is no stored evidence to explain it with"

    def _with_words(self, draft: Draft, twin: Recommendation, explained: Explained) -> Recommendation:
        """The model's words on the computed numbers; its stance can only lower the risk."""
        base = twin
        if explained.stance == "caution" and draft.known is not None and draft.sizing is not None:
            smaller = self._size(draft.judged, draft.known, CAUTION)
            base = rules_only(replace(draft, sizing=smaller))
            base = replace(base, warnings=(*base.warnings, f"{explained.model} advises caution: the risk is halved."))
        elif explained.stance == "veto" and twin.action.direction != 0:
            base = vetoed(twin, explained.model)
        return replace(
            base,
            method="rag",
            model=explained.model,
            prompt_ref=explained.prompt_ref,
            stance=explained.stance,
            reasoning=explained.thesis or base.reasoning,
            what_would_change=explained.what_would_change or base.what_would_change,
            warnings=(*base.warnings, *(f"Risk: {risk}" for risk in explained.risks), *_dropped(explained)),
        )


def rules_only(draft: Draft) -> Recommendation:
    """The recommendation in the template's words: the same shape as with a model."""
    request, judged = draft.request, draft.judged
    signal, plan, size = judged.analysis.signal, judged.analysis.plan, draft.sizing.size if draft.sizing else None
    confidence = judged.confidence
    return Recommendation(
        recommendation_id=secrets.token_hex(6),
        question=request.question,
        interpretation=request.interpretation,
        action=signal.action,
        symbol=signal.series.symbol,
        timeframe=signal.series.timeframe.value,
        exchange=signal.series.exchange,
        as_of=request.now,
        price=signal.price,
        price_at=signal.known_at if signal.price is not None else signal.last_good_at,
        data_age_s=_age_s(judged, request.now),
        reason=signal.reason,
        reasoning=reasoning(judged, draft.sizing, draft.risk, draft.sources),
        method="rules",
        expires_at=plan.expires_at if plan else None,
        position_size_usd=size.notional.quantize(Decimal("0.01")) if size else Decimal(0),
        quantity=size.quantity if size else Decimal(0),
        size_bound_by=size.bound_by if size else None,
        size_caps=size.caps if size else (),
        risk_usd=size.risk.quantize(Decimal("0.01")) if size else Decimal(0),
        budget_usd=request.stated.budget,
        entry_points=plan.entries if plan else (),
        exit_points=plan.targets if plan else (),
        stop_loss=plan.stop if plan else None,
        invalidation=plan.invalidation if plan else None,
        reward_risk=plan.reward_risk if plan else None,
        risk_assessment=draft.risk.level if draft.risk else "unknown",
        conviction=round(signal.conviction, 4) if signal.price is not None else None,
        confidence=confidence.value,
        confidence_n=confidence.n,
        confidence_note=confidence.basis,
        votes=signal.votes,
        what_would_change=what_would_change(judged),
        warnings=_warnings(draft),
        sources=draft.sources,
        facts=_facts(draft),
        strategy=signal.strategy,
        simulated=signal.series.exchange == "simulated",
    )


def _age_s(judged: Judgement, now: datetime) -> int | None:
    last_good = judged.analysis.signal.last_good_at
    return int((now - last_good).total_seconds()) if last_good else None


def _facts(draft: Draft) -> tuple[Fact, ...]:
    plan = draft.judged.analysis.plan
    return (
        *market_facts(draft.judged, draft.request.now),
        *(plan_facts(plan) if plan else ()),
        *(size_facts(draft.sizing, draft.judged) if draft.sizing else ()),
        *record_facts(draft.judged, draft.risk),
    )


def _warnings(draft: Draft) -> tuple[str, ...]:
    signal, wanted = draft.judged.analysis.signal, draft.request.market.symbol
    warnings = list(signal.warnings)
    if signal.series.symbol != wanted and wanted in names_of(signal.series.symbol):
        warnings.append(
            f"{wanted} traded as {signal.series.symbol} at this time; the two price series are never joined."
        )
    if signal.series.exchange == "simulated":
        warnings.append("This market is simulated: none of these prices are real.")
    if draft.sizing is not None and draft.sizing.size.note:
        warnings.append(f"No position: {draft.sizing.size.note}.")
    if draft.known is not None and (signal.direction or draft.request.stated != Stated()):
        warnings += draft.known.notes
    return (*warnings, *draft.notes)


def _dropped(explained: Explained) -> tuple[str, ...]:
    if not explained.dropped:
        return ()
    return (f"{len(explained.dropped)} statement(s) of {explained.model} could not be verified and were removed.",)


def _logged(
    request: AdviceRequest, final: Recommendation, twin: Recommendation, explained: Explained | None
) -> LoggedRecommendation:
    payload = as_dict(final)
    return LoggedRecommendation(
        recommendation_id=final.recommendation_id,
        owner=request.owner,
        question=request.question,
        created_at=request.now,
        as_of=request.now,
        symbol=final.symbol,
        action=final.action.value,
        method=final.method,
        model=final.model,
        model_digest=explained.digest if explained else None,
        prompt_ref=final.prompt_ref,
        payload=payload,
        facts=payload["facts"],
        sources=payload["sources"],
        twin=as_dict(twin),
        raw_output=explained.raw if explained else None,
    )
