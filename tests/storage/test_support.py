"""The tools that the other tests trust."""

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.support.audit import leaked_keys
from tests.support.reacting import Reacting
from tests.support.site import Site, request
from tests.support.waiting import wait_until


def test_waiting_returns_what_the_condition_came_to():
    """The first truthy value ends the wait, and is what it returns."""
    answers = iter([0, None, "there"])
    assert wait_until(lambda: next(answers), "an answer") == "there"


def test_waiting_in_vain_says_for_what():
    """The message names the condition and the last value."""
    with pytest.raises(AssertionError, match=r"in vain for the moon: \[\]"):
        wait_until(list, "the moon", timeout=0.01)


def test_the_audit_finds_a_key_nobody_allowed(client, prefix):
    """A key without TTL that is not on the permanent list is a leak."""
    name = f"{prefix}:{{loc}}:surprise"
    client.set(name, "x")
    assert leaked_keys(client, prefix) == [name]
    client.expire(name, 60)
    assert leaked_keys(client, prefix) == []


def test_the_audit_lets_a_run_live_while_it_is_under_way(site: Site):
    """A run's own keys lack a TTL as long as the run is unfinished, and no longer."""
    client, prefix = site.store.client, site.prefix
    site.tick(request("r"))
    assert leaked_keys(client, prefix) == []
    site.start_run("r")
    site.finish_run("r")
    client.persist(site.keys.run("r"))
    assert leaked_keys(client, prefix) == [site.keys.run("r")]
    client.delete(site.keys.run("r"))
    client.persist(site.keys.run_events("r"))
    assert leaked_keys(client, prefix) == [site.keys.run_events("r")]
    client.delete(site.keys.run_events("r"))
    assert site.status("r") is not DagsterRunStatus.QUEUED


def test_the_audit_lets_a_reaction_live_until_it_is_done(reacting: Reacting):
    """What somebody is still to take up has no TTL; what remains of it then has."""
    site = reacting.site
    ident = reacting.begun()
    assert leaked_keys(site.store.client, site.prefix) == []
    reacting.commit(ident)
    assert leaked_keys(site.store.client, site.prefix) == []
    site.store.client.persist(site.keys.reaction(ident))
    assert leaked_keys(site.store.client, site.prefix) == [site.keys.reaction(ident)]
    site.store.client.delete(site.keys.reaction(ident))
