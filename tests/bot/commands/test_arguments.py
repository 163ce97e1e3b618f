"""What follows a command, by position."""

from __future__ import annotations

import pytest

from bot.commands.arguments import fit, usage
from signals.errors import UserError
from tests.bot.desk_commands import stand_in_commands

COMMANDS = {command.name: command for command in stand_in_commands().all}


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("signal eth 4h", {"symbol": "eth", "timeframe": "4h"}),
        ("signal  ETH/USDT\n", {"symbol": "ETH/USDT"}),
        ("signal eth 7h", {"symbol": "eth", "timeframe": "7h"}),
        ("ask should I buy\n\nETH with $2k?", {"question": "should I buy\n\nETH with $2k?"}),
        ("chart btc 1h rsi macd", {"symbol": "btc", "timeframe": "1h", "indicators": "rsi macd"}),
        ("chart btc rsi macd", {"symbol": "btc", "indicators": "rsi macd"}),
        ("backtest eth 90d", {"symbol": "eth", "period": "90d"}),
        ("backtest eth 1h 90d", {"symbol": "eth", "timeframe": "1h", "period": "90d"}),
        ("size eth 5000 1%", {"symbol": "eth", "balance": "5000", "risk": "1%"}),
        ("size eth 1%", {"symbol": "eth", "risk": "1%"}),
        ("indicator supertrend eth 4h", {"name": "supertrend", "symbol": "eth", "timeframe": "4h"}),
        ("why", {}),
        ("role set 1002 trader", {"action": "set", "user": "1002", "role": "trader"}),
    ],
)
def test_words_become_values_in_the_order_of_the_parameters(typed: str, values: dict[str, str]) -> None:
    name, _, rest = typed.partition(" ")

    assert fit(COMMANDS[name], rest) == values


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("signal", "symbol is missing.\nWrite: /signal symbol [timeframe]\nFor example: /signal ETH/USDT 4h"),
        ("signal eth 4h now please", "'now please' does not fit."),
        ("status now", "'now' does not fit.\nWrite: /status"),
        ("indicator rsi", "symbol is missing."),
        ("ask", "question is missing."),
    ],
)
def test_what_does_not_fit_is_answered_with_the_usage(typed: str, told: str) -> None:
    name, _, rest = typed.partition(" ")

    with pytest.raises(UserError) as refused:
        fit(COMMANDS[name], rest)

    assert told in str(refused.value)


def test_the_usage_names_choices_that_are_few() -> None:
    assert "list|add|remove" in usage(COMMANDS["universe"])
