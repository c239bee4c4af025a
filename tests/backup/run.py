#!/usr/bin/env python3
"""Backups under load, and what is restored from them: run.py PATH-OF-LEITAI [sqlite] [postgres] [wal]

LEITAI_TEST_POSTGRES names a server on which databases may be made. On each kind of database, with four processes:
1. While reports are submitted and a round's letters are made, all three stores are copied one after the other, without a stop. Restored elsewhere they are
   the original as it was: observations, frozen rounds and letters byte for byte, and nothing that was answered before is missing. The
   requests since are made again, and both end alike.
2. One store is put back under newer ones: an older ingestion is noticed by evaluation, an older evaluation by notification, also after they have
   grown again; the way out that docs/operations.md shows is gone. An older evaluation that follows a newer ingestion catches up.
3. A PostgreSQL of its own keeps its write-ahead log: from a base backup that was made under load, and the log since, nothing is missing.
Prints `N passed, M failed` and exits with 1 where anything failed."""

import contextlib
import functools
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import stores
import wal
from letterbox import key
from place import LEITAI, Place, as_it_was, begun, copied_under_load, corrections, letters_as_they_were
from support import PLAN, check, finish, part, simulated


def under_load(store, directory):
    with contextlib.ExitStack() as stack:
        original, restored = (Place(stack, store, directory / name) for name in ("original", "restored"))
        base, year = simulated(LEITAI, directory / "csv")
        months = year[:3]
        begun(original, months[:1], base)
        copy = lambda more: stores.back_up(store, original.urls, directory / "copies", more)
        before, answered = copied_under_load(original, months[1], copy)
        original.sent(months[:2])
        stores.put_back(store, restored.urls, directory / "copies")
        letters_as_they_were(restored, original)
        restored.start("ingestion", "evaluation", "worker")
        as_it_was(restored, original, before)
        corrections(restored, range(len(answered)))
        restored.month(months[1])
        for place in (original, restored):
            place.month(months[2])
            place.sent(months)
        alike(restored, original)
        for place in (original, restored):
            place.stop()


def alike(restored, original):
    drop = lambda rows: [{name: value for name, value in row.items() if name not in ("report_id", "in_force_at", "sequence")} for row in rows]
    check("after the same requests observations are the same", drop(restored.observations()) == drop(original.observations()))
    lights = lambda place: [[(v["division_code"], v["indicator_id"], v["light"]) for v in one["verdicts"]] for one in place.findings(3)]
    check("and verdicts", lights(restored) == lights(original))
    letters = [{key(letter) for letter in place.mailbox.letters()} for place in (restored, original)]
    check("and letters that were not sent before the copies, and no others", letters[0] <= letters[1] and len(letters[0]) > 0, str([*map(len, letters)]))


def of_other_days(store, directory):
    """Stores of different days together: the first two months are in the copies, two came after them, and one comes with each way out."""
    with contextlib.ExitStack() as stack:
        place, copies = Place(stack, store, directory / "place"), directory / "copies"
        base, year = simulated(LEITAI, directory / "csv")
        months = year[:6]
        begun(place, months[:2], base)
        stores.back_up(store, place.urls, copies)
        for path in months[2:4]:
            place.month(path)
        place.sent(months[:4])
        place.stop()
        older_evaluation(place, copies, months)
        older_ingestion(place, copies, months)
        older_notification(place, copies, months)


def older_evaluation(place, copies, months):
    place.start("ingestion", "evaluation")
    findings, letters = place.findings(4), place.mailbox.letters()
    place.stop("ingestion", "evaluation")
    stores.put_back(place.store, place.urls, copies, ["evaluation"])
    place.start()
    check("an older evaluation makes the rounds since once more, and the same", place.findings(4) == findings)
    place.month(months[4])
    place.sent(months[:5])
    new = place.mailbox.letters()[len(letters) :]
    check("their letters are not written again", new and not {key(one) for one in new} & {key(one) for one in letters}, str(len(new)))
    place.stop()


def older_ingestion(place, copies, months):
    letters = place.mailbox.letters()
    stores.put_back(place.store, place.urls, copies, ["ingestion"])
    place.start("ingestion", "evaluation")
    place.told("one of the two databases is older than the other")
    refused = refusal(place, "standings", "list", "--plan", PLAN, "--period", months[0].stem)
    check("evaluation notices an older ingestion, and nobody is answered", "CATCHING_UP" in refused, refused)
    corrections(place, range(50))
    for path in months[2:5]:
        place.submit(path)
    place.told("one of the two databases was put back to an earlier day")
    refused = refusal(place, "standings", "list", "--plan", PLAN, "--period", months[0].stem)
    check("also once it has grown again", "CATCHING_UP" in refused, refused)
    place.stop("evaluation")
    place.store.empty(place.urls["evaluation"])
    place.start("evaluation", "notification")
    place.told("LOG_WENT_BACK")
    check("an evaluation is made anew from the log, and notification notices that it has less", len(place.findings(2)) == 2)
    place.stop("notification")
    place.store.execute(place.urls["notification"], "UPDATE cursor SET sequence = 0 WHERE name = 'evaluation'")
    place.start("notification", "worker")
    for path in months[2:]:
        place.month(path)
    place.sent(months)
    place.told("round was issued before and is left as it was")
    new = place.mailbox.letters()[len(letters) :]
    check("it goes on from the first round, and no letter goes out again", new and not {key(one) for one in new} & {key(one) for one in letters}, str(len(new)))
    place.stop()


def refusal(place, *arguments):
    try:
        return place.roles.leitai(*arguments)
    except RuntimeError as error:
        return str(error)


def older_notification(place, copies, months):
    letters = place.mailbox.letters()
    stores.put_back(place.store, place.urls, copies, ["notification"])
    place.start()
    place.sent(months)
    again = {key(letter) for letter in place.mailbox.letters()[len(letters) :]}
    known = {key(letter) for letter in letters}
    check("an older notification writes the rounds since once more, under the same Message-IDs", again and again <= known, str(len(again - known)))
    place.stop()


PARTS = {
    **{kind: [functools.partial(one, store) for one in (under_load, of_other_days)] for kind, store in stores.KINDS.items()},
    "wal": [wal.from_the_log],
}


def main():
    kinds = [kind for kind in PARTS if kind in sys.argv[2:]] or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="leitai-backup-") as directory:
        for kind in kinds:
            for number, one in enumerate(PARTS[kind]):
                with part(f"{kind}{number}", pathlib.Path(directory)) as place:
                    one(place)
    finish()


main()
