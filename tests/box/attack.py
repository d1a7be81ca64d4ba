"""What somebody who reads a report can work out of the figures that it hides.

A reader knows what each printed figure counts, so that each is a sum of things that nobody sees: whole numbers from 0 on. This finds, for
every hidden figure, the least and the most that it can be, by the simplex method with exact fractions (Dantzig; Bland's rule against going
round in circles). It knows nothing of how figures are hidden.
"""

import collections
import fractions
import math


def whole(number):
    return number.numerator if isinstance(number, fractions.Fraction) and number.denominator == 1 else number


class Simplex:
    """Numbers from 0 on that solve equations. Columns are hashable names; a row is {column: coefficient} and what it comes to."""

    def __init__(self, equations, watched):
        self.rows, self.rests, self.basis, self.within = [], [], [], collections.defaultdict(set)
        self.watched, self.seen = watched, {name: [math.inf, -math.inf] for name in watched}
        self.order = {}
        for terms, rest in equations:
            sign = -1 if rest < 0 else 1
            self.add({column: sign * factor for column, factor in terms.items() if factor}, sign * rest)
        self.settle()

    def add(self, row, rest):
        helper = ("helper", len(self.rows))
        row[helper] = 1
        for column in row:
            self.within[column].add(len(self.rows))
            self.order.setdefault(column, len(self.order))
        self.rows.append(row)
        self.rests.append(rest)
        self.basis.append(helper)

    def pivot(self, at, column):
        row, factor = self.rows[at], self.rows[at][column]
        if factor != 1:
            for name in row:
                row[name] = whole(fractions.Fraction(row[name]) / factor)
            self.rests[at] = whole(fractions.Fraction(self.rests[at]) / factor)
        for other in [other for other in self.within[column] if other != at]:
            target, times = self.rows[other], self.rows[other][column]
            for name, value in row.items():
                now = target.get(name, 0) - times * value
                if now:
                    target[name] = whole(now)
                    self.within[name].add(other)
                elif name in target:
                    del target[name]
                    self.within[name].discard(other)
            self.rests[other] = whole(self.rests[other] - times * self.rests[at])
        self.basis[at] = column

    def leaving(self, column):
        """The row that a column comes into; None: it can grow without end."""
        best = None
        for at in self.within[column]:
            if self.rows[at][column] > 0:
                key = (fractions.Fraction(self.rests[at]) / self.rows[at][column], self.order[self.basis[at]])
                if best is None or key < best[0]:
                    best = (key, at)
        return None if best is None else best[1]

    def settle(self):
        """A first solution: the helpers, one an equation, are brought to 0 and left out."""
        for at in range(len(self.rows)):
            turns = 0
            while self.basis[at][0] == "helper" and self.rests[at] != 0:
                turns += 1
                column = self.enter(at, -1, turns)
                if column is None:
                    raise ValueError("there is no solution: the reader knows something that is not so")
                self.pivot(self.leaving(column), column)
            real = [name for name in self.rows[at] if name[0] != "helper"]
            if self.basis[at][0] == "helper" and real:
                self.pivot(at, min(real, key=self.order.get))
        for at, row in enumerate(self.rows):
            for name in [name for name in row if name[0] == "helper" and name != self.basis[at]]:
                del row[name]
                self.within[name].discard(at)
        self.look()

    def enter(self, at, sign, turns):
        """A column that moves what stands in a row up (sign 1) or down; None: it is as far as it goes."""
        fitting = [name for name, value in self.rows[at].items() if name != self.basis[at] and value * sign < 0 and name[0] != "helper"]
        if not fitting:
            return None
        return min(fitting, key=self.order.get) if turns > 30 else max(fitting, key=lambda name: (abs(self.rows[at][name]), -self.order[name]))

    def look(self):
        """Every solution in whole numbers is one that the reader cannot tell from the true one."""
        if any(isinstance(rest, fractions.Fraction) for rest in self.rests):
            return
        values = dict(zip(self.basis, self.rests))
        for name in self.watched:
            value, span = values.get(name, 0), self.seen[name]
            span[0], span[1] = min(span[0], value), max(span[1], value)

    def extreme(self, name, sign):
        """The most (sign 1) or least that a number can be."""
        turns = 0
        while True:
            turns += 1
            if name in self.basis:
                at = self.basis.index(name)
                column = self.enter(at, sign, turns)
                if column is None:
                    return self.rests[at]
            else:
                if sign < 0:
                    return 0
                column = name
            into = self.leaving(column)
            if into is None:
                if name in self.seen:
                    self.seen[name][1] = math.inf
                return math.inf
            self.pivot(into, column)
            self.look()


    def wander(self, name, others):
        """Looks into other corners, where sums overlap so that those met so far are fractions, until a number was seen with as many other values."""
        for column in sorted(self.order, key=self.order.get):
            if column[0] != "helper":
                for sign in (1, -1):
                    self.extreme(column, sign)
                low, high = self.seen[name]
                if high - low >= others:
                    return True
        return False


class Knowledge:
    """Figures as sums of unseen things: {thing: how often}."""

    def __init__(self):
        self.equations, self.hidden = [], {}

    def shown(self, terms, number):
        self.equations.append((terms, number))

    def hides(self, name, terms, least):
        """A hidden figure, and what is known of it by its being hidden."""
        if name in self.hidden:
            return
        self.hidden[name] = least
        self.equations.append(({**terms, ("figure", name): -1}, least))

    def at_most(self, part, all_):
        terms = collections.Counter(part)
        terms.subtract(all_)
        terms["rest", len(self.equations)] = 1
        self.equations.append((terms, 0))

    def cleared(self):
        """The equations without things that there are none of, as a printed 0 says."""
        nothing, grew = set(), True
        while grew:
            grew = False
            for terms, rest in self.equations:
                left = [thing for thing in terms if thing not in nothing]
                if left and rest == 0 and all(terms[thing] > 0 for thing in left):
                    nothing.update(left)
                    grew = True
        cleared = [({thing: times for thing, times in terms.items() if times and thing not in nothing}, rest) for terms, rest in self.equations]
        return [(terms, rest) for terms, rest in cleared if terms]

    def parts(self):
        """Equations that hang together, each lot with its hidden figures; things that nobody tells apart are one."""
        where, every = collections.defaultdict(list), self.cleared()
        for number, (terms, _) in enumerate(every):
            for thing, times in terms.items():
                where[thing].append((number, times))
        first = {}
        merged = {thing: thing if thing[0] in ("figure", "rest") else first.setdefault(tuple(uses), thing) for thing, uses in where.items()}
        leader = list(range(len(every)))

        def find(number):
            while leader[number] != number:
                leader[number] = leader[leader[number]]
                number = leader[number]
            return number

        for uses in where.values():
            for number, _ in uses:
                leader[find(number)] = find(uses[0][0])
        lots = collections.defaultdict(list)
        for number, (terms, rest) in enumerate(every):
            lots[find(number)].append(({merged[thing]: times for thing, times in terms.items()}, rest))
        for equations in lots.values():
            figures = sorted({thing for terms, _ in equations for thing in terms if thing[0] == "figure"}, key=str)
            if figures:
                yield equations, figures

    def found(self, others):
        """Hidden figures that have fewer values open than `others` besides their own: {name: (least, most)}; and how many were left
        undecided, where fractions would do and no whole numbers were met that do."""
        found, undecided = {}, 0
        for equations, figures in self.parts():
            simplex = Simplex(equations, figures)
            for figure in figures:
                least = self.hidden[figure[1]]
                for sign in (1, -1):
                    low, high = simplex.seen[figure]
                    if not high - low >= others:    # nor where no whole numbers were met at all
                        bound = simplex.extreme(figure, sign)
                        if sign > 0:
                            most = bound
                        else:
                            fewest = bound
                low, high = simplex.seen[figure]
                if high - low >= others:
                    continue
                if most - fewest >= others and simplex.wander(figure, others):
                    continue
                fewest, most = math.ceil(fewest), most if most == math.inf else math.floor(most)
                if most - fewest < others:
                    found[figure[1]] = (least + fewest, least + most)
                else:
                    undecided += 1
        return found, undecided
