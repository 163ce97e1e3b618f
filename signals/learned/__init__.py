"""The learned model: labels, rows, folds, training, acceptance, files and drift. The only home of lightgbm."""
