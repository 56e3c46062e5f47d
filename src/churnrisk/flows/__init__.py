"""How a run goes: each flow is a page of calls, with no arithmetic of its own."""
