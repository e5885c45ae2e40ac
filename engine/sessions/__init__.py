"""Sessions: durable runs of a workflow. Commands are decided into events, events are folded into state; no I/O here."""
