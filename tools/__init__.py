"""What may be called: one file per tool - name, schemas, function. Thin: arguments in, engine call, result out."""
