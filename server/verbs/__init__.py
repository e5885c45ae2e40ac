"""The verbs of the command line, one file each; `server.cli` imports the one that was asked for."""
