"""Programs as trees, so that a failing one can be made shorter without knowing its grammar.

A `Node` is text and further nodes in a row; nodes of one kind can stand in each other's place. `Several` holds what may be
left out one by one, `Maybe` what may be left out as a whole.
"""


class Node:
    def __init__(self, kind, *parts):
        self.kind, self.parts = kind, list(parts)

    def text(self):
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def with_part(self, place, part):
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.parts = [*self.parts[:place], part, *self.parts[place + 1 :]]
        return twin

    def inside(self, kind):
        """The nearest nodes of a kind below this one."""
        for part in self.parts:
            if isinstance(part, Node):
                if part.kind == kind:
                    yield part
                else:
                    yield from part.inside(kind)

    def own_shorter(self):
        if self.kind:
            yield from self.inside(self.kind)

    def shorter(self):
        """Every tree that is one step shorter, large steps first."""
        yield from self.own_shorter()
        for place, part in enumerate(self.parts):
            if isinstance(part, Node):
                for twin in part.shorter():
                    yield self.with_part(place, twin)


class Several(Node):
    def __init__(self, items, between=", ", least=0):
        super().__init__(None, *items)
        self.between, self.least = between, least

    def text(self):
        return self.between.join(part.text() for part in self.parts)

    def own_shorter(self):
        if len(self.parts) > self.least:
            for place in range(len(self.parts)):
                twin = self.with_part(place, self.parts[place])
                del twin.parts[place]
                yield twin


class Maybe(Node):
    def __init__(self, *parts):
        super().__init__(None, *parts)

    def own_shorter(self):
        if self.parts:
            yield Maybe()


def shrink(tree, still_fails, limit=150):
    """The shortest tree that greedy steps reach while `still_fails` holds."""
    progress = True
    while progress and limit > 0:
        progress = False
        for shorter in tree.shorter():
            limit -= 1
            if limit <= 0:
                break
            if still_fails(shorter):
                tree, progress = shorter, True
                break
    return tree
