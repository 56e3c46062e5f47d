"""Whether nights can be trusted: refusals, drift, and what came true."""
