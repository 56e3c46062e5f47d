"""From a released model to segments, reasons and the ranked list."""
