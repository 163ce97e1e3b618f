"""Where candles come from: exchange, replay of files, simulation; and the checks every candle passes."""
