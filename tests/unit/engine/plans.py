"""A tasks.md as people write them, for tests of dynamic phases.

Above: tests/unit/engine/test_phased_plan.py, test_phased_dynamic.py. Below: nothing.
"""

from typing import Final

PLAN: Final = """# Tasks: a real one

**Estimated Time:** 3 days

## Overview

| phase | days |
|---|---|
- Phase 1: Ground

### Phase 2: Walls

```
Phase 1 -> Phase 2
## Phase 9: Not a heading
```

---

## Phase 1: Ground (Days 1-2)

**Objective:** Stand firmly.
**Priority:** high

Level the ground first.

### Task 1.1: Dig
**Estimated Time:** 2 hours
**Dependencies:** None
**Priority:** high

Dig a hole.

**Acceptance Criteria:**
- [ ] the hole is deep ✅
- [x] the hole is wide
      enough for two
* [ ] nobody fell in ❌

**Notes:** mind the cables.

#### Tools

A spade.

### Task 1-2 - Fill
**Dependencies:** Task 1.1
Fill it again.

#### Acceptance Criteria
- [ ] it is full

**Phase 1 Validation Gate:**
- [ ] the ground is level ✅
- [ ] the ground is level!

---

### Phase 2 — Walls

**Goal:** Keep out the wind.
**Duration:** a week

### Task 2.1: Build
**Acceptance Criteria:**
- [ ] four walls stand

## Dependency graph

Phase 1 comes before Phase 2.

### Phase 1: Ground
### Phase 2: Walls

## Gates

### Phase 2 Validation Gate
- [ ] no wind comes in
- [ ] 2 doors open

## Risks

Rain.
"""
