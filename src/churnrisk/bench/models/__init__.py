"""Our three models beside four well-known ones: same rows, same folds, paired intervals, CPU."""
