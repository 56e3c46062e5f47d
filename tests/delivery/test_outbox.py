import pytest

from churnrisk.delivery.outbox import Outbox
from churnrisk.errors import DeliveryError


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "out" / "sent.json")


def test_nothing_was_sent_before_the_first_message(outbox):
    assert outbox.new("email", ["a", "a", "b"]) == ["a", "b"]
    assert not outbox.path.exists()


def test_what_was_sent_to_one_place_is_new_to_another(outbox):
    outbox.add("email", ["a"])
    outbox.add("email", ["b"])
    assert outbox.new("email", ["a", "b", "c"]) == ["c"]
    assert outbox.new("webhook", ["a"]) == ["a"]


def test_it_is_remembered_by_the_next_run(outbox):
    outbox.add("webhook", ["a"])
    assert Outbox(outbox.path).new("webhook", ["a"]) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"email": 3}'])
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(outbox, content):
    outbox.path.parent.mkdir(parents=True)
    outbox.path.write_text(content, encoding="utf-8")
    with pytest.raises(DeliveryError, match=r"sent\.json.*Remove it"):
        outbox.new("email", ["a"])


def test_keys_of_parts_go_when_the_whole_is_sent(outbox):
    outbox.add("webhook", ["night 1/2", "night 2/2", "other"])
    outbox.add("webhook", ["night"], instead_of=["night 1/2", "night 2/2"])
    assert outbox.new("webhook", ["night", "night 1/2", "other"]) == ["night 1/2"]
