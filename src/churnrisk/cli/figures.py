"""Commands of the controller: key figures, cohorts, alerts, groups, reasons."""
