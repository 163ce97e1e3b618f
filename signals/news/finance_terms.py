"""What words mean in the news of markets, where VADER's general lexicon does not know them or means something else.

Valences are VADER's: -4 to 4, 0 takes a word out. They say what a headline with the word usually tells of a price:
moves, flows, regulators, thefts, listings. Names of things ("trust", "securities", "share", "crude") carry no tone
here, though they do in ordinary talk. Chosen by meaning and checked on one half of `shared/data/sentiment` only; see
DECISIONS.
"""

from __future__ import annotations

_RISES = {
    2.3: "surge surges surged surging soar soars soared soaring skyrocket skyrockets rally rallies rallied rallying "
    "bullish outperform outperforms outperformed all-time ath breakout",
    1.7: "rise rises rising rose climb climbs climbed climbing jump jumps jumped jumping rebound rebounds rebounded "
    "recover recovers recovered recovery inflow inflows upgrade upgrades upgraded beats beat tops topped upside "
    "outpaces accumulate accumulates accumulated accumulation halving adoption",
    1.2: "higher record up buys buy buying bought adds added raises raised raise funding backs backed invests invested "
    "investment launches launched launch unveils partners partnership approves approved approval lists expands "
    "acquires milestone profit profits revenue growth integrates",
}
_FALLS = {
    -2.8: "crash crashes crashed crashing plunge plunges plunged plunging collapse collapses collapsed bankrupt "
    "bankruptcy insolvent insolvency hack hacked hacks hacker hackers exploit exploits exploited exploiter rug rugpull "
    "ponzi stolen steal steals theft laundering ransomware fraud fraudulent scam scams",
    -2.2: "tumble tumbles tumbled tumbling slump slumps slumped sink sinks sank plummet plummets plummeted selloff "
    "sell-off bearish capitulation liquidated liquidation liquidations ban bans banned banning crackdown lawsuit "
    "lawsuits sues sued indicted charged depeg depegs contagion default defaults recession downgrade downgrades "
    "downgraded delist delists delisted delisting seize seizes seized halts halted",
    -1.6: "fall falls falling fell drop drops dropped dropping decline declines declined declining slip slips slipped "
    "slide slides slid dip dips dipped lower loses lost loss losses outflow outflows underperform probe probes "
    "investigation investigates subpoena fine fines fined penalty outage delay delays delayed fears concerns misses "
    "missed slash slashes slashed cuts cut layoffs weak weaker shutdown suspends suspended freezes frozen "
    "unregistered unlicensed illegal warns warning bear",
    -1.0: "down sell selling sold short shorts tighter scrutiny pressure volatile volatility sanctions sanctioned",
}
_NO_TONE = (
    "security securities share shares trust treasury asset assets crude interest energy like united natural "
    "intelligence special matter amazon credit block blocks number pay value play friday holiday join top best "
    "difficulty bored brave optimism vision cash please super giant exploration create demand dedicated legal"
)

TERMS: dict[str, float] = {
    **{word: valence for group in (_RISES, _FALLS) for valence, words in group.items() for word in words.split()},
    **dict.fromkeys(_NO_TONE.split(), 0.0),
}
