"""Every store over one database."""

from __future__ import annotations

from dataclasses import dataclass

from storage.accounts import AccountStore
from storage.alerts import AlertStore
from storage.audit import AuditStore, InboundStore
from storage.backtests import BacktestStore
from storage.calibrations import CalibrationStore
from storage.candles import CandleStore
from storage.changes import CardStore, ChoiceStore, UniverseStore
from storage.database import Database
from storage.destinations import DestinationStore
from storage.documents import DocumentStore
from storage.exchange_accounts import ExchangeAccountStore
from storage.forgetting import PersonalStore
from storage.indicators import IndicatorStore
from storage.job_runs import JobRunStore
from storage.leases import LeaseStore
from storage.ledger import LedgerStore
from storage.market_days import MarketDayStore
from storage.market_rules import MarketRulesStore
from storage.marks import MarkStore
from storage.models import ModelStore
from storage.news import NewsStore
from storage.news_feeds import FeedStore
from storage.outbox import OutboxStore
from storage.parameters import ParameterStore
from storage.people import PeopleStore
from storage.recommendations import RecommendationStore
from storage.retention import RetentionStore
from storage.seeds import SeedStore
from storage.series import SeriesStateStore
from storage.shared_tallies import SharedTallies
from storage.signal_months import SignalMonthStore
from storage.signals import SignalStore
from storage.snapshots import SnapshotStore
from storage.subscriptions import SubscriptionStore
from storage.tallies import TradeTallies
from storage.trade_book import TradeBook
from storage.trades import TradeStore
from storage.tunings import TuningStore


@dataclass(frozen=True, slots=True)
class Stores:
    """One repository per aggregate; closing the database closes them all."""

    database: Database
    candles: CandleStore
    indicators: IndicatorStore
    signals: SignalStore
    trades: TradeStore
    backtests: BacktestStore
    parameters: ParameterStore
    recommendations: RecommendationStore
    documents: DocumentStore
    marks: MarkStore
    job_runs: JobRunStore
    series: SeriesStateStore
    market_rules: MarketRulesStore
    people: PeopleStore
    audit: AuditStore
    inbound: InboundStore
    universe: UniverseStore
    choices: ChoiceStore
    cards: CardStore
    tunings: TuningStore
    seeds: SeedStore
    calibrations: CalibrationStore
    models: ModelStore
    market_days: MarketDayStore
    news: NewsStore
    feeds: FeedStore
    signal_months: SignalMonthStore
    trade_tallies: TradeTallies
    shared_tallies: SharedTallies
    outbox: OutboxStore
    destinations: DestinationStore
    subscriptions: SubscriptionStore
    leases: LeaseStore
    retention: RetentionStore
    accounts: AccountStore
    ledger: LedgerStore
    book: TradeBook
    alerts: AlertStore
    personal: PersonalStore
    snapshots: SnapshotStore
    exchange_accounts: ExchangeAccountStore

    @classmethod
    def of(cls, database: Database) -> Stores:
        """The stores of an open database."""
        return cls(
            database=database,
            candles=CandleStore(database),
            indicators=IndicatorStore(database),
            signals=SignalStore(database),
            trades=TradeStore(database),
            backtests=BacktestStore(database),
            parameters=ParameterStore(database),
            recommendations=RecommendationStore(database),
            documents=DocumentStore(database),
            marks=MarkStore(database),
            job_runs=JobRunStore(database),
            series=SeriesStateStore(database),
            market_rules=MarketRulesStore(database),
            people=PeopleStore(database),
            audit=AuditStore(database),
            inbound=InboundStore(database),
            universe=UniverseStore(database),
            choices=ChoiceStore(database),
            cards=CardStore(database),
            tunings=TuningStore(database),
            seeds=SeedStore(database),
            calibrations=CalibrationStore(database),
            models=ModelStore(database),
            market_days=MarketDayStore(database),
            news=NewsStore(database),
            feeds=FeedStore(database),
            signal_months=SignalMonthStore(database),
            trade_tallies=TradeTallies(database),
            shared_tallies=SharedTallies(database),
            outbox=OutboxStore(database),
            destinations=DestinationStore(database),
            subscriptions=SubscriptionStore(database),
            leases=LeaseStore(database),
            retention=RetentionStore(database),
            accounts=AccountStore(database),
            ledger=LedgerStore(database),
            book=TradeBook(database),
            alerts=AlertStore(database),
            personal=PersonalStore(database),
            snapshots=SnapshotStore(database),
            exchange_accounts=ExchangeAccountStore(database),
        )
