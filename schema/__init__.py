"""The contract: workflow.schema.json, its siblings, and the only validator. Imports nothing of ours."""
