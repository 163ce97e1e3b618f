"""The trading domain: values, indicators, voters, plans and sizes. Pure but for `signals.market` and news."""
