"""What a workflow means: a pure core (definition, conditions, walk, ...) and a thin shell (library, formats)."""
