"""`selfsown judge evaluate` from the outside."""

from __future__ import annotations

import json

import pytest

from selfsown.calibration.record import CALIBRATION, Calibration, Curve, Method
from selfsown.cli.main import main
from selfsown.conversation import read_turns
from selfsown.evaluation.comparison import make_conversation
from selfsown.extras import install_command
from selfsown.judge.features import FeaturesJudge


def rated(name, answer, score):
    request = {"role": "user", "content": f"Explain {name} to me, please."}
    return {"id": name, "messages": [request, {"role": "assistant", "content": answer}], "score": score}


@pytest.fixture
def file(tmp_path, small, monkeypatch):
    """Twelve rated lines, the long answers the better ones, in a checkout."""
    monkeypatch.chdir(small)
    records = [rated(f"thing {n}", "Because it is so. " * (n + 1), n % 11) for n in range(12)]
    path = tmp_path / "rated.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_one_command_measures_beside_the_trivial_judges(file, capsys):
    assert main(["judge", "evaluate", str(file), "--resamples", "50"]) == 0
    said = capsys.readouterr()
    assert "rated.jsonl: 12 rated lines" in said.out
    for word in ("features", "longest", "shortest", "constant", "AUC", "Spearman", "calibration error", "not judged"):
        assert word in said.out
    assert "95 % interval" in said.err


def test_json_is_one_object_and_the_same_every_time(file, capsys):
    arguments = ["judge", "evaluate", str(file), "--judge", "longest", "--format", "json", "--resamples", "50"]
    found = []
    for _ in range(2):
        assert main(arguments) == 0
        value = json.loads(capsys.readouterr().out)
        for judge in value["files"][0]["judges"]:
            judge["seconds_per_1000"] = judge["peak_bytes"] = None
        found.append(value)
    assert found[0] == found[1]
    (of_file,) = found[0]["files"]
    assert [judge["spec"] for judge in of_file["judges"]] == ["longest", "features", "shortest", "constant"]
    longest, constant = of_file["judges"][0], of_file["judges"][3]
    # 11 comes after 10 as 0: the longest answer is among the worst, all others are in order.
    assert longest["measures"]["auc"]["estimate"] == pytest.approx(5 * 6 / (5 * 7), abs=1e-6)
    assert constant["measures"]["auc"]["estimate"] == 0.5
    assert {entry["beside"] for entry in longest["differences"]} == {"features", "shortest", "constant"}
    assert found[0]["recommend"] == 7.0


def test_alone_limit_and_picture(file, tmp_path, capsys):
    picture = tmp_path / "it.svg"
    arguments = ["--alone", "--limit", "6", "--picture", str(picture), "--judge", "shortest", "--resamples", "20"]
    assert main(["judge", "evaluate", str(file), *arguments]) == 0
    said = capsys.readouterr().out
    assert "6 rated lines" in said
    assert "longest" not in said
    assert picture.read_text().startswith("<?xml")


def test_what_a_judge_said_is_kept_and_asked_for_anew_on_request(file, small, capsys):
    judged = []
    (small / "script.jsonl").write_text("")
    main(["judge", str(next((small / "corpus/original").rglob("*.jsonl"))), "--format", "json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[0])
    chats = [make_conversation(read_turns(json.loads(line)["messages"])) for line in file.read_text().splitlines()]
    script = [{**answer, "conversation": chat.id} for chat in chats]
    (small / "script.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in script))
    arguments = ["--alone", "--judge", "scripted:script.jsonl", "--format", "json", "--resamples", "20"]
    for fresh in ([], [], ["--fresh"]):
        assert main(["judge", "evaluate", str(file), *arguments, *fresh]) == 0
        (found,) = json.loads(capsys.readouterr().out)["files"]
        judged.append(found["judges"][0]["seconds_per_1000"]["n"])
    assert judged == [12, 0, 12]


def test_why_something_was_not_judged_is_said(file, small, capsys):
    (small / "script.jsonl").write_text("")
    assert main(["judge", "evaluate", str(file), "--alone", "--judge", "scripted:script.jsonl"]) == 0
    said = capsys.readouterr()
    assert "could not judge 12: the script does not name this conversation" in said.err
    assert "100.0%" in said.out


def test_the_calibration_of_the_checkout_gives_p_accept_to_its_judge_alone(file, small, rulebook, capsys):
    judge, nothing = FeaturesJudge().id, dict.fromkeys(("features", "accept", "decline", "measured", "audits"))
    counts = {"accepted": 5.0, "n": 9, "positives": 5, "independent": 3}
    curve = Curve(Method.PLATT, inputs=("score",), intercept=-50.0, weights=(0.0,))
    places = {"commit": "a" * 40, "ratings": "0" * 12, "created": "2026-01-01"}
    found = Calibration(judge=judge, rubric=rulebook.rubric.digest, curve=curve, **counts, **places, **nothing)
    (small / CALIBRATION).parent.mkdir(parents=True)
    (small / CALIBRATION).write_text(json.dumps(found.to_json()))
    assert main(["judge", "evaluate", str(file), "--format", "json", "--resamples", "20"]) == 0
    features, longest = json.loads(capsys.readouterr().out)["files"][0]["judges"][:2]
    # It promises nothing to anybody, and five of twelve are acceptable.
    assert features["probability"] == "acceptance"
    assert features["measures"]["ece"]["estimate"] == pytest.approx(5 / 12, abs=1e-6)
    assert longest["probability"] == "score/10"


def test_bad_lines_are_named_and_nothing_is_measured(file, capsys):
    with file.open("a") as stream:
        stream.write('{"id": "x\\u001b[31m", "messages": [], "score": 3}\n{"a": 1}\n')
    assert main(["judge", "evaluate", str(file)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{file}:13: messages is no list" in said.err
    assert f"{file}:14: no form has these keys: a" in said.err
    assert "nothing was measured: 2 lines" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no.jsonl"], "no.jsonl is not there"),
        (["FILE", "--picture", "x.gif"], "x.gif is no picture"),
        (["FILE", "--judge", "oracle"], "there is no judge 'oracle'"),
    ],
)
def test_what_cannot_be_meant_is_2(file, capsys, arguments, words):
    assert main(["judge", "evaluate", *(str(file) if word == "FILE" else word for word in arguments)]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--resamples", "0"], ["--seed", "-1"], ["--limit", "x"]])
def test_numbers_are_numbers(file, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(["judge", "evaluate", str(file), *arguments])
    assert caught.value.code == 2


def test_ratings_without_a_text_anywhere_are_said(file, capsys):
    line = {"id": "r-1", "conversation": "c-" + "0" * 32, "score": 3, "rater": "x", "role": "reader", "where": "y"}
    file.write_text(json.dumps(line) + "\n")
    assert main(["judge", "evaluate", str(file)]) == 2
    assert "nothing to judge" in capsys.readouterr().err


def test_our_own_ratings_are_a_file_like_any_other(checkout, monkeypatch, capsys):
    monkeypatch.chdir(checkout)
    arguments = ["--alone", "--judge", "longest", "--format", "json", "--resamples", "20"]
    assert main(["judge", "evaluate", "corpus/ratings", *arguments]) == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found["forms"]["rated"] > 100


@pytest.mark.parametrize(
    ("name", "form"),
    [("tulu_acceptability", "rated"), ("topical_chat_ratings", "rated"), ("pandalm_pairs", "paired")],
)
def test_the_sets_rated_by_people_run_as_they_are(shared_data, small, monkeypatch, capsys, name, form):
    monkeypatch.chdir(small)
    path = shared_data / "human" / f"{name}.jsonl"
    assert main(["judge", "evaluate", str(path), "--limit", "60", "--resamples", "20", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found["forms"] == {form: 60}
    assert all(judge["not_judged"]["estimate"] == 0 for judge in found["judges"])


def test_without_its_libraries_the_command_names_the_extra(selfsown, small):
    found = selfsown("judge", "evaluate", "x.jsonl", at=small, bare=True)
    assert found.returncode == 3
    assert f"tip: {install_command('evaluate')}\n" in found.stderr
