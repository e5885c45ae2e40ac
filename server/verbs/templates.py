"""The texts `new` and `init` start from: small workflows that validate as they are.

Above: verbs.new, verbs.init. Below: nothing.
"""

STEPS = """\
schemaVersion: 1.0.0
id: $id
name: $name
description: $description
version: 0.1.0
category: default
tags: []

steps:
  - id: understand
    title: Understand the task
    prompt: |
      Say in your own words what is asked for, and what will prove that it is done.
      Name what you do not know yet.

  - id: do-the-work
    title: Do the work
    prompt: |
      Do it, in small steps. Report what you changed and where.

  - id: prove-it
    title: Prove it
    prompt: |
      Run the checks that show the task is done. Report each command and its result.
    validationCriteria:
      - {type: length, min: 20, message: "Report each command and its result."}
"""

LOOP = """\
schemaVersion: 1.0.0
id: $id
name: $name
description: $description
version: 0.1.0
category: default
tags: []

steps:
  - id: collect
    title: Collect the items
    prompt: |
      List what has to be done, and put the list into `items`.
    produces: {items: array}

  - id: each-item
    type: loop
    title: Item by item
    loop: {type: forEach, items: items, itemVar: item, maxIterations: 100}
    body:
      - id: do-item
        title: Do one item
        prompt: "Do this item, and nothing else: {{item}}"
      - id: check-item
        title: Check one item
        prompt: "Show that this item is done: {{item}}"

  - id: sum-up
    title: Sum up
    prompt: |
      Say what was done and what is left.
"""

BRANCH = """\
schemaVersion: 1.0.0
id: $id
name: $name
description: $description
version: 0.1.0
category: default
tags: []

steps:
  - id: look
    title: Look first
    prompt: |
      Find out whether this is risky. Put true or false into `risky`, and say why.
    produces: {risky: boolean}

  - id: careful-way
    title: The careful way
    runCondition: {var: risky, equals: true}
    requireConfirmation: true
    prompt: |
      Write down how to undo it, then ask your user before you begin.

  - id: quick-way
    title: The quick way
    runCondition: {var: risky, equals: false}
    prompt: |
      Do it, and report what you changed.
"""

AUTOMATION = """\
schemaVersion: 1.2.0
id: $id
name: $name
description: $description
version: 0.1.0
category: default
tags: []

# What a session is given at its start; read it as inputs.name.
inputs:
  files: {type: array, description: The files to look at}

# What the session works on; only update and store change it.
state:
  found: []
  goOn: false

# Made anew whenever what it is made of changes.
computed:
  count: {from: state.found, expression: input.length}

# What sub-agents are given, one task for each file.
tasks:
  look:
    description: Look at one file.
    inputs:
      file: {type: string}
    prompt: "Look at {{ inputs.file }} and say in a sentence what should change."
    timeout: 1800

steps:
  - {id: hello, type: message, message: "Looking at {{ inputs.files.length }} files."}

  - id: look-at-all
    type: parallel
    items: inputs.files
    task: look
    inputs: {file: "{{ loop.item }}"}
    maxParallel: 5
    onError: {strategy: retry, maxRetries: 2}
    collect: found

  - id: anything
    type: if
    condition: computed.count > 0
    then:
      - {id: ask, type: input, prompt: "Mend them all?", kind: boolean, store: goOn}

  - id: mend
    title: Mend
    runCondition: state.goOn
    prompt: |
      Make these changes, one by one:
      {{ state.found }}

  - {id: done, type: message, message: "Looked at {{ computed.count }} files.", level: success}
"""

TEMPLATES = {"steps": STEPS, "loop": LOOP, "branch": BRANCH, "automation": AUTOMATION}

CONFIG = """\
# Settings of this project for workflow-lookup. `workflow-lookup doctor` shows what is in force and why.
# Remove a # to set one; the value shown is the default.
$settings"""
