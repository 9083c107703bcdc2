"""Orders in which what depends on one another can be done."""

import types as _types

__all__ = ["TopologicalSorter", "CycleError"]


class CycleError(ValueError):
    """Something depends on itself; the second argument is the way round."""


class _Node:
    __slots__ = "node", "waits", "followers"

    def __init__(self, node):
        self.node = node
        # How many predecessors are not done; below zero once it was handed out, lower still once done.
        self.waits = 0
        self.followers = []


_OUT, _DONE = -1, -2


class TopologicalSorter:
    """Nodes and what they depend on."""

    def __init__(self, graph=None):
        self._nodes = {}
        self._ready = None
        self._out = 0
        self._finished = 0
        if graph is not None:
            for node, before in graph.items():
                self.add(node, *before)

    def _node(self, node):
        if node not in self._nodes:
            self._nodes[node] = _Node(node)
        return self._nodes[node]

    def add(self, node, *predecessors):
        if self._ready is not None:
            raise ValueError("Nodes cannot be added after a call to prepare()")
        info = self._node(node)
        info.waits += len(predecessors)
        for before in predecessors:
            self._node(before).followers.append(node)

    def prepare(self):
        if self._ready is not None:
            raise ValueError("cannot prepare() more than once")
        self._ready = [info.node for info in self._nodes.values() if info.waits == 0]
        circle = self._circle()
        if circle:
            raise CycleError("nodes are in a cycle", circle)

    def get_ready(self):
        if self._ready is None:
            raise ValueError("prepare() must be called first")
        ready = tuple(self._ready)
        for node in ready:
            self._nodes[node].waits = _OUT
        self._ready.clear()
        self._out += len(ready)
        return ready

    def is_active(self):
        if self._ready is None:
            raise ValueError("prepare() must be called first")
        return self._finished < self._out or bool(self._ready)

    def __bool__(self):
        return self.is_active()

    def done(self, *nodes):
        if self._ready is None:
            raise ValueError("prepare() must be called first")
        for node in nodes:
            info = self._nodes.get(node)
            if info is None:
                raise ValueError(f"node {node!r} was not added using add()")
            if info.waits >= 0:
                raise ValueError(f"node {node!r} was not passed out (still not ready)")
            if info.waits == _DONE:
                raise ValueError(f"node {node!r} was already marked done")
            info.waits = _DONE
            for follower in info.followers:
                after = self._nodes[follower]
                after.waits -= 1
                if after.waits == 0:
                    self._ready.append(follower)
            self._finished += 1

    def _circle(self):
        """A way from a node to itself, that node at both ends; `None` where there is none."""
        seen = set()
        for start in self._nodes:
            if start in seen:
                continue
            way, place, rest = [], {}, []
            node = start
            while True:
                if node in place:
                    return way[place[node]:] + [node]
                if node not in seen:
                    seen.add(node)
                    place[node] = len(way)
                    way.append(node)
                    rest.append(iter(self._nodes[node].followers))
                found = False
                while way:
                    for node in rest[-1]:
                        found = True
                        break
                    if found:
                        break
                    rest.pop()
                    del place[way.pop()]
                if not found:
                    break
        return None

    def static_order(self):
        self.prepare()
        while self.is_active():
            ready = self.get_ready()
            yield from ready
            self.done(*ready)

    __class_getitem__ = classmethod(_types.GenericAlias)
