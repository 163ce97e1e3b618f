"""Settings: names, strictness, and one clear line for a bad value."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.settings import load
from signals.errors import UserError
from signals.model import SizeRules, Timeframe


def test_without_any_variable_everything_has_a_default() -> None:
    settings = load()

    assert settings.market.source == "exchange"
    assert settings.market.timeframes == (Timeframe.H1, Timeframe.H4, Timeframe.D1)
    assert len(settings.market.symbols) == 11
    assert settings.url.endswith("/data/deskmate.db")
    assert settings.sizing.rules == SizeRules()


def test_the_published_names_reach_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_SYMBOLS", "eth/usdt, BTC/USDT,eth/USDT")
    monkeypatch.setenv("MARKET_NOW", "2022-11-08T13:00:00+01:00")
    monkeypatch.setenv("MARKET_REPLAY_DIR", "some/where")
    monkeypatch.setenv("SIZING_RISK_PCT", "1.5")
    monkeypatch.setenv("ACCESS_OWNERS", "discord:1,telegram:22")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9999")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    monkeypatch.setenv("SIGNAL_FEE_PCT", "0.2")

    settings = load()

    assert settings.market.symbols == ("ETH/USDT", "BTC/USDT")
    assert settings.market.now == datetime(2022, 11, 8, 12, tzinfo=UTC)
    assert settings.market.replay_dir == Path("some/where")
    assert settings.sizing.rules.risk_pct == Decimal("0.015")
    assert settings.access.owners == ("discord:1", "telegram:22")
    assert settings.ollama.host == "http://127.0.0.1:9999"
    assert settings.log.level == "DEBUG"
    assert settings.signal.plan_rules.fee_rate == pytest.approx(0.002)


def test_a_file_in_the_working_folder_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATA_DIR=from-file\nOLLAMA_MODEL=small\nUNKNOWN_THING=1\n")
    monkeypatch.setenv("OLLAMA_MODEL", "large")

    settings = load()

    assert settings.data_dir == Path("from-file")
    assert settings.ollama.model == "large"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MARKET_SOURCE", "foo", "MARKET_SOURCE=foo: must be 'exchange', 'replay' or 'simulated'"),
        ("MARKET_TIMEFRAMES", "7h", "MARKET_TIMEFRAMES=7h: must be among 15m, 1h, 4h, 1d"),
        ("MARKET_TIMEFRAMES", ",", "MARKET_TIMEFRAMES"),
        ("MARKET_SYMBOLS", "BTC'; DROP", "is not a pair such as ETH/USDT"),
        ("MARKET_SYMBOLS", ",", "must name at least one"),
        ("MARKET_NOW", "2022-11-08T12:00:00", "needs its time zone"),
        ("MARKET_SPEED", "1800", "MARKET_SPEED=1800: a live exchange cannot be hurried; it is for"),
        ("MARKET_SPEED", "-1", "greater than or equal to 0"),
        ("MARKET_EXCHANGES", "Binance!", "is not the name of an exchange"),
        ("SIZING_RISK_PCT", "1e400", "SIZING_RISK_PCT=1e400: must be a plain number"),
        ("SIZING_BALANCE", "１００", "must be a plain number"),
        ("SIZING_BALANCE", "0", "greater than 0"),
        ("LLM_TIMEOUT_S", "inf", "must be a plain number"),
        ("WEB_PORT", "99999", "less than or equal to 65535"),
        ("ACCESS_OWNERS", "bob", "is not discord:ID or telegram:ID"),
        ("OLLAMA_HOST", "htp://x y", "must be an address"),
        ("LOG", "x", "LOG=x: is the beginning of several settings"),
        ("LOG_LEVEL", "LOUD", "must be 'DEBUG'"),
    ],
)
def test_a_bad_value_is_one_line_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UserError) as refusal:
        load()

    text = str(refusal.value)
    assert says in text
    assert text.startswith(name)
    assert "\n" not in text


def test_a_bad_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@host/db")

    with pytest.raises(UserError) as refusal:
        load()

    assert "hunter2" not in str(refusal.value)
    assert "postgresql+asyncpg" in str(refusal.value)


def test_secrets_are_hidden_in_print_and_known_to_the_log_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "discord-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:hunter2@host/db")

    settings = load()

    assert "discord-secret" not in repr(settings)
    assert settings.secrets == ("discord-secret", "hunter2")


def test_feeds_are_a_few_sites_on_a_real_market_and_none_elsewhere_unless_they_are_named() -> None:
    plain, named = load().news, load(news={"feeds": "https://a.example/rss, https://b.example/feed"}).news

    assert [len(plain.wanted(source)) for source in ("exchange", "replay", "simulated")] == [3, 0, 0]
    assert all(feed.startswith("https://") for feed in plain.wanted("exchange"))
    assert named.wanted("simulated") == ("https://a.example/rss", "https://b.example/feed")


@pytest.mark.parametrize("given", ["none", "", "  "])
def test_no_feeds_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("NEWS_FEEDS", given)

    assert load().news.wanted("exchange") == ()


@pytest.mark.parametrize("given", ["http://a.example/rss", "a.example/rss", "https://me:x@a.example/", "file:///etc/x"])
def test_a_feed_is_an_address_by_https(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("NEWS_FEEDS", given)

    with pytest.raises(UserError, match="NEWS_FEEDS"):
        load()


def test_a_feed_by_http_needs_private_hosts_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWS_FEEDS", "http://127.0.0.1:8093/feeds/rss2.xml")
    monkeypatch.setenv("NEWS_ALLOW_PRIVATE_HOSTS", "true")

    assert load().news.wanted("replay") == ("http://127.0.0.1:8093/feeds/rss2.xml",)


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(UserError, match=r"\.env is not a UTF-8 text file"):
        load()


def test_a_speed_needs_a_moment_to_begin_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_SOURCE", "replay")
    monkeypatch.setenv("MARKET_SPEED", "60")
    with pytest.raises(UserError, match="needs MARKET_NOW"):
        load()

    monkeypatch.setenv("MARKET_NOW", "2022-11-08T12:00:00Z")

    assert load().market.speed == 60.0
