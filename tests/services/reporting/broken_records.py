"""Every way that we know to break a fact: odd values, each at the edge of some rule or beyond it; bytes; headers."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from contracts.topics import OURS, topic_of
from tests.services.reporting.desk import Received
from tests.services.reporting.drawn_records import KINDS, as_json, containers, fullest, headers_of, regular

UUID = "2f1d4c0a-1b2c-8d3e-9f40-5a6b7c8d9e0f"
_IDS = (UUID, UUID.upper(), UUID.replace("-", ""), f"{UUID}\n", f"{UUID},{UUID}", f"{{{UUID}}}", f"{UUID[1:]}g")
_NO_UUIDS = (f"{UUID[:14]}f{UUID[15:]}", f"{UUID[1:9]}2{UUID[9:]}", "é" * 36, f",{UUID[1:]}", f"-{UUID[1:]}", "f" * 36)
_NO_DIGIT = f"{'f' * 8}{'-ffff' * 3}-{'f' * 12}"
ODD: tuple[Any, ...] = (
    *(None, True, False, [], {}, [[]], [None], {"a": 1}, "", " ", "x", "unknown", "non_renseigne", "inconnu"),
    *(0, -1, 1, -0.0, 1.0, 1.5, 60.0, 1e3, 2**31, 2**31 - 1, 2**63, 2**64, 10**30, float("nan"), float("inf")),
    *(20_160, 20_161, 100_000, 100_001, 1989, 1990, 2100, 2101, "1", "60", "2018", "1549324800"),
    *("1989-12-31", "2101-01-01", "0000-01-01", "2019-02-29", "2019-1-1", "20190101", "2019-W01-1", "2019-01-01 "),
    *("2019-01-01T00:00:00", "2019-01-01t00:00:00z", "2019-01-01 00:00:00Z", "2019-01-01T00:00Z"),
    *("2019-01-01T24:00:00Z", "2019-01-01T00:00:60Z", "2019-01-01T00:00:00+0100", "2019-01-01T00:00:00+24:00"),
    *("2019-02-30T00:00:00Z", "1989-12-31T23:59:59Z", "2100-12-31T23:59:59Z", "2101-01-01T00:00:00+01:00"),
    *("2019-01-01T00:00:00Z\n", "2019-01-01T00:00:00.1234567891Z", "٢٠١٩-01-01", "0001-01-01T00:00:00+23:59"),
    *(*_IDS, *_NO_UUIDS, _NO_DIGIT, "s-1", "bob", "0123456789A", "9" * 80, "9" * 81),
    *("a--b", "-a", "a-", "a" * 65, "Ales", "ales\n", "0300002p", "0300002A", "0300002P\n", "300002P", "٠٣٠٠٠٠٢P"),
    *("Conférence d'été", "👩‍🎓", "\x00", "a\x00b", "a\x7f", "a\x85", "a\u2028b", "a\tb", "a" * 200, "a" * 201),
    *('"', "\\", "\ud800"),
)
_DEEP = b"[" * 300 + b"]" * 300
_PIECES = (
    *(b"\xff", b"\x00", b"\n", b"\\", b'"', b"{", b",", b"1", b".0", b"e1", b"\xef\xbb\xbf", b"\\ud800", _DEEP),
    *(
        b'"n":"\xff",',
        b'"n":"\\ud800",',
        b'"n":"\\ud83d\\ude00",',
        b'"n":NaN,',
        b'"n":' + _DEEP + b",",
        b'"version":3,',
    ),
    *(b'"n":"\xed\xa0\x80",', b'"n\xff":1,', b'"n":1e999,', b'"n":01,', b'"n":' + b'{"n":[' * 120 + b"]}" * 120 + b","),
)


def with_one_odd_place(kind: Any) -> Iterator[dict[str, Any]]:
    """Each place of a fact, with each odd value; without it; and with a line of a list repeated."""
    fact = fullest(kind)
    for number, _ in enumerate(containers(fact)):
        for odd in ODD:
            copy = deepcopy(fact)
            holder, key = list(containers(copy))[number]
            holder[key] = odd
            yield copy
        for change in (lambda holder, key: holder.__delitem__(key), _repeat):
            copy = deepcopy(fact)
            change(*list(containers(copy))[number])
            yield copy


def _repeat(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(deepcopy(holder[key]))
    else:
        holder["nouveau"] = deepcopy(holder[key])


def break_data(random: Random, data: dict[str, Any]) -> None:
    places = list(containers(data))
    if not places:
        return
    holder, key = random.choice(places)
    other_holder, other_key = random.choice(places)
    match random.randrange(8):
        case 0 | 1 | 2:
            holder[key] = deepcopy(random.choice(ODD))
        case 3:
            del holder[key]
        case 4:
            random.choice([data, *(h for h, _ in places if isinstance(h, dict))])["nouveau"] = deepcopy(
                random.choice(ODD)
            )
        case 5:
            holder[key] = deepcopy(other_holder[other_key])
        case 6 if isinstance(holder, list):
            holder.extend(deepcopy(holder[key]) for _ in range(random.choice((1, 1, 50, 500))))
        case _:
            if isinstance(holder[key], str):
                holder[key] = holder[key][: random.randrange(len(holder[key]) + 1)] + str(random.choice(ODD))


def break_bytes(random: Random, value: bytes) -> bytes:
    at = random.randrange(len(value) + 1)
    piece = random.choice(_PIECES)
    at = 1 if piece.endswith(b",") and random.random() < 0.8 else at
    return value[:at] + piece + value[at + random.choice((0, 0, 1)) :]


def break_headers(random: Random, headers: list[tuple[str, Any]]) -> None:
    at = random.randrange(len(headers))
    name, content = headers[at]
    odd = (
        b"",
        b"\xff",
        b" ",
        b"a b",
        b"1.1",
        b"x" * 64,
        b"x" * 65,
        b"x" * 200,
        b"x" * 201,
        "é".encode(),
        b"a\nb",
        None,
    )
    match random.randrange(7):
        case 0 | 1:
            headers[at] = (
                name,
                random.choice((*odd, *(text.encode() for text in ODD if type(text) is str and text.isprintable()))),
            )
        case 2:
            del headers[at]
        case 3:
            headers.insert(
                random.randrange(len(headers)),
                (random.choice((name, name.upper(), "ce_new", "x", "ce_", "ce_A")), content),
            )
        case 4:
            headers[at] = (random.choice((name.title(), "ce_data", "ce_dataschema", "traceparent")), content)
        case 5:
            headers[at] = ("ce_type", random.choice(KINDS).type.encode())
        case _:
            content_types = (
                b"application/cloudevents+json",
                b"application/cloudevents",
                b"text/plain",
                b"application/json; charset=utf-8",
            )
            headers[:] = [
                ("content-type", random.choice(content_types)) if pair[0] == "content-type" else pair
                for pair in headers
            ]


def drawn(random: Random, *, broken: bool) -> tuple[Any, Received]:
    kind = random.choice(KINDS)
    data, headers = regular(random, kind), headers_of(random, kind)
    topic = topic_of(kind)
    what = random.randrange(10) if broken else -1
    if 0 <= what < 7:
        for _ in range(random.choice((1, 1, 2))):
            break_data(random, data)
    value = as_json(data, escaped=random.random() < 0.3)
    if what in (6, 7, 8):
        value = break_bytes(random, value)
    if what == 9:
        break_headers(random, headers)
        topic = random.choice((topic, topic, *OURS))
    return topic, Received(3, 5, b"key", value, tuple(headers))
