"""Positions of nodes: computed once for a graph, never at a redraw."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Positions = NDArray[np.float32]
Places = NDArray[np.float64]
Ints = NDArray[np.int64]

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def layered(layer: Ints, source: Ints, target: Ints) -> Positions:
    """Place layers as rings of equal density, the first outside: called applications are further in.

    layer (n,), edges source and target (m,); returns (n, 2) in -1..1. Within its ring a node is near the mean
    direction of its callers.
    """
    count = len(layer)
    angle, radius = np.zeros(count), np.zeros(count)
    outside = 1.0
    sizes = np.bincount(layer)
    for ring, size in enumerate(sizes):
        here = np.flatnonzero(layer == ring)
        inside = np.sqrt(max(outside**2 - size / count, 0.0))
        wanted = GOLDEN * np.arange(size) % 1.0 * 2.0 * np.pi if ring == 0 else _towards(here, angle, source, target)
        order = np.argsort(wanted, kind="stable")
        place = np.empty(size, dtype=np.int64)
        place[order] = np.arange(size)
        angle[here] = 2.0 * np.pi * (place + 0.5) / size
        depth = (place * GOLDEN) % 1.0
        gap = 0.08 * (outside - inside)
        radius[here] = np.sqrt((inside + gap) ** 2 + depth * ((outside - gap) ** 2 - (inside + gap) ** 2))
        outside = inside
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1).astype(np.float32)


def _towards(here: Ints, angle: NDArray[np.float64], source: Ints, target: Ints) -> NDArray[np.float64]:
    """Return the mean direction of each node's callers; nodes without callers are spread by the golden ratio."""
    count = int(here.max()) + 1
    into = target < count
    x = np.bincount(target[into], weights=np.cos(angle[source[into]]), minlength=count)[here]
    y = np.bincount(target[into], weights=np.sin(angle[source[into]]), minlength=count)[here]
    alone = (x == 0.0) & (y == 0.0)
    spread = GOLDEN * np.arange(len(here)) % 1.0 * 2.0 * np.pi
    return np.where(alone, spread, np.arctan2(y, x) % (2.0 * np.pi))


def snowball(count: int, source: Ints, target: Ints, rounds: int = 80) -> Positions:
    """Place a snowball sample: a tree of who brought in whom, then loosened so that no node hides another.

    Nodes 0, 1, ... from the start outwards, so that the earliest contact of a node is who brought it in; edges source
    and target (m,), source < target. Returns (count, 2) within the unit circle.
    """
    position = _tree(count, source, target)
    spacing = 1.7 / np.sqrt(count)
    degree = np.bincount(np.concatenate((source, target)), minlength=count)
    # Hubs take smaller steps: the pull of fifty contacts at once would throw one past them all, farther every round.
    give = np.minimum(0.08, 0.2 / np.maximum(degree, 1))[:, None]
    for step in range(rounds):
        push = give * _pulls(position, source, target, 1.6 * spacing) + _pushes(position, 2.2 * spacing)
        length = np.linalg.norm(push, axis=1, keepdims=True) + 1e-9
        position += push * np.minimum(1.0, spacing / length) * (1.0 - step / rounds)
    return _within_circle(position)


def _pulls(position: Places, source: Ints, target: Ints, rest: float) -> Places:
    """Return how far each node is drawn to its contacts in all, from each as far as it is beyond `rest`."""
    pull = position[target] - position[source]
    force = pull * (1.0 - rest / (np.linalg.norm(pull, axis=1, keepdims=True) + 1e-9))
    total = np.zeros_like(position)
    _add(total, source, force)
    _add(total, target, -force)
    return total


def _pushes(position: Places, reach: float) -> Places:
    """Return how far each node is pushed by those nearer than `reach`."""
    pairs = cKDTree(position).query_pairs(reach, output_type="ndarray")
    apart = position[pairs[:, 1]] - position[pairs[:, 0]]
    near = np.linalg.norm(apart, axis=1, keepdims=True) + 1e-9
    away = 0.25 * apart / near * (reach - near)
    total = np.zeros_like(position)
    _add(total, pairs[:, 0], -away)
    _add(total, pairs[:, 1], away)
    return total


def _within_circle(position: Places) -> Positions:
    """Centre and scale to the unit circle by the 99th percentile; the few nodes beyond are moved to its rim."""
    position = position - position.mean(axis=0)
    radius = np.linalg.norm(position, axis=1, keepdims=True)
    scaled: Positions = (position / np.maximum(radius, np.quantile(radius, 0.99))).astype(np.float32)
    return scaled


def _add(total: Places, rows: Ints, values: Places) -> None:
    for axis in (0, 1):
        total[:, axis] += np.bincount(rows, weights=values[:, axis], minlength=len(total))


def _tree(count: int, source: Ints, target: Ints) -> NDArray[np.float64]:
    """Place a tree in rings by distance from its root, each branch in a sector as wide as it has leaves."""
    parent = np.full(count, -1, dtype=np.int64)
    order = np.lexsort((source, target))
    first = np.unique(target[order], return_index=True)
    parent[first[0]] = source[order][first[1]]
    depth, size = np.zeros(count, dtype=np.int64), np.ones(count)
    for node in range(1, count):
        depth[node] = depth[parent[node]] + 1 if parent[node] >= 0 else 0
    for node in range(count - 1, 0, -1):
        if parent[node] >= 0:
            size[parent[node]] += size[node]
    roots = np.flatnonzero(parent < 0)
    begin, width, used = np.zeros(count), np.ones(count), np.zeros(count)
    begin[roots] = np.concatenate(([0.0], np.cumsum(size[roots])[:-1])) / count
    width[roots] = size[roots] / count
    for node in range(count):
        if (above := parent[node]) >= 0:
            width[node] = width[above] * size[node] / max(size[above] - 1.0, 1.0)
            begin[node] = begin[above] + used[above]
            used[above] += width[node]
    angle = 2.0 * np.pi * (begin + width / 2.0)
    radius = np.sqrt(depth / max(int(depth.max()), 1))
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
