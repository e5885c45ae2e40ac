"""The servers ours is measured against, each started as a script in an environment of its own."""
