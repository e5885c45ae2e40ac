"""How `validate` says what it found: text for people, JSON for programs, SARIF and GitHub lines for CI."""
