"""The laws of queues that scripts/capacity goes by.

Sources: P. J. Denning, J. P. Buzen, "The Operational Analysis of Queueing
Network Models", Computing Surveys 10 (1978): utilisation, Little's law, the
response time of interactive systems, bounds. A. K. Erlang (1917), as in
D. Gross et al., "Fundamentals of Queueing Theory", 4th ed. (2008): M/M/c in
2.3, the finite source M/M/c//N in 2.6.

Units: seconds; rates are a second.
"""

import math

MAX_SERVERS = 100_000


def utilisation(rate, demand, servers=1):
    """U = X · D, of each of the servers."""
    return rate * demand / servers


def population(rate, response):
    """Little's law, N = X · R: how many are there at a time."""
    return rate * response


def rate_of_users(users, response, think):
    """X = N / (R + Z)."""
    return users / (response + think)


def rate_at(target, demand, servers=1):
    """The rate at which each of the servers is so far used."""
    return target * servers / demand


def erlang_b(servers, load):
    """The part that is lost where nobody can wait; load in erlangs, X · S."""
    lost = 1.0
    for n in range(1, servers + 1):
        lost = load * lost / (n + load * lost)
    return lost


def erlang_c(servers, load):
    """The part that has to wait; all of it where they cannot keep up."""
    if load >= servers:
        return 1.0
    lost = erlang_b(servers, load)
    return lost / (1 - load / servers * (1 - lost))


def mean_wait(servers, rate, service):
    """Of all, those that need not wait included."""
    load = rate * service
    if load >= servers:
        return math.inf
    return erlang_c(servers, load) * service / (servers - load)


def servers_for(rate, service, most_waiting):
    """The fewest with which no more than that part has to wait."""
    load = rate * service
    for servers in range(int(load) + 1, MAX_SERVERS):
        if erlang_c(servers, load) <= most_waiting:
            return servers
    raise ValueError(f"{load} erlangs are beyond this model")


def closed(users, think, rate_of):
    """
    Throughput and response time of users who think, ask, and wait for the
    answer before they think again. rate_of(n): how many answers a second
    while n of them wait, a birth and death process. Without a think time all
    of them wait always.
    """
    if think == 0:
        rate = rate_of(users)
        return rate, users / rate
    # weights of "n wait", kept from overflowing by their logarithms
    logs = [0.0]
    for n in range(1, users + 1):
        logs.append(logs[-1] + math.log((users - n + 1) / think / rate_of(n)))
    top = max(logs)
    weights = [math.exp(x - top) for x in logs]
    total = sum(weights)
    rate = sum(w * rate_of(n) for n, w in enumerate(weights) if n) / total
    return rate, users / rate - think
