"""The house rules as functions, each taking one file and yielding what it breaks; the tests beside run them."""
