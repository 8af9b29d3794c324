"""Tables of Excel, Feather and SPSS."""

from __future__ import annotations

import datetime

import pytest

ROWS = [
    ["age", "sex", "chol", "hospital", "disease"],
    [63, "m", 233.5, "north", "no"],
    [41, "f", None, "south", "yes"],
    [57, "f", 192, "north", "yes"],
    [56, "m", 236, "south", "no"],
]


def excel(path: str, rows=ROWS, **sheets) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        page = book.create_sheet(name)
        for row in more:
            page.append(row)
    book.save(path)


WORDS = ["--label", "disease", "--client", "hospital", "--categories", "sex"]


def test_excel(covey_data):
    excel("heart.xlsx")
    message = covey_data.refused(65, "tabular", "heart.xlsx", *WORDS, "-o", "out")
    assert message == "heart.xlsx: row 3, column 'chol': no value (--missing drop, mean or a number settles it)"
    covey_data("tabular", "heart.xlsx", *WORDS, "--missing", "drop", "-o", "dropped")
    held, manifest = covey_data.arrays("dropped"), covey_data.manifest("dropped")
    assert held["x"].tolist() == [[63, 0, 1, 233.5], [57, 1, 0, 192], [56, 0, 1, 236]] and held["y"].tolist() == [
        0,
        1,
        0,
    ]
    assert manifest["features"] == ["age", "sex=f", "sex=m", "chol"] and manifest["classes"] == ["no", "yes"]
    assert manifest["counts"]["clients"] == {"north": {"train": 2}, "south": {"train": 1}}
    out = covey_data("tabular", "heart.xlsx", *WORDS, "--missing", "mean", "-o", "mean")
    assert (
        covey_data.arrays("mean")["x"][1, 3] == pytest.approx((233.5 + 192 + 236) / 3)
        and "the mean of the training rows" in out
    )


@pytest.mark.parametrize(
    "rows,words",
    [
        ([["a", "a", "y"], [1, 2, 0]], "row 1: two columns are called 'a'"),
        ([["a", None, "y"], [1, 2, 0]], "row 1: column 2 has no name"),
        ([["a", "y"], [1, 0, 5]], "row 2: more values than the header has names (2)"),
        ([["a", "y"], ["x", 0]], "row 2, column 'a': 'x' is no number"),
        ([["a", "y"], ["3", 0]], "row 2, column 'a': '3' is no number"),
        ([["a", "y"], [datetime.datetime(2020, 1, 2), 0]], "is a date"),
        ([["a", "y"], [1, None]], "row 2, column 'y': no value"),
        ([["a", "y"], ["#DIV/0!", 0]], "Excel's error #DIV/0!"),
        ([["a", "y"]], "no examples"),
        ([["y"], [1]], "no column is left as an input"),
    ],
)
def test_excel_that_is_wrong(covey_data, rows, words):
    excel("a.xlsx", rows)
    message = covey_data.refused(65, "tabular", "a.xlsx", "-o", "out")
    assert message.startswith("a.xlsx: ") and words in message


def test_sheets(covey_data):
    excel("a.xlsx", ROWS, second=[["x", "y"], [1, 0], [2, 1]])
    assert covey_data.refused(64, "tabular", "a.xlsx", "-o", "out") == "--sheet: a.xlsx has several: Sheet, second"
    assert "did you mean 'second'?" in covey_data.refused(65, "tabular", "a.xlsx", "--sheet", "secnd", "-o", "out")
    covey_data("tabular", "a.xlsx", "--sheet", "second", "-o", "out")
    assert covey_data.arrays()["x"].tolist() == [[1], [2]]


def test_marks_and_unknown_columns(covey_data):
    excel("a.xlsx", [["a", "y"], ["NA", 0], [2, 1], ["?", 1]])
    covey_data("tabular", "a.xlsx", "--marks", "NA,?", "--missing", "drop", "-o", "out")
    assert covey_data.arrays()["x"].tolist() == [[2]]
    assert "did you mean 'y'?" not in covey_data.refused(65, "tabular", "a.xlsx", "--label", "disease", "-o", "other")
    assert covey_data.refused(65, "tabular", "a.xlsx", "--ignore", "b", "-o", "other").startswith(
        "a.xlsx: --ignore: unknown column 'b'"
    )


def test_levels_come_from_training_rows(covey_data):
    excel("a.xlsx", [["c", "split", "y"], ["u", "train", 0], ["v", "train", 1], ["w", "test", 1]])
    out = covey_data("tabular", "a.xlsx", "--categories", "c", "--split", "split", "-o", "out")
    assert covey_data.arrays()["x"].tolist() == [[1, 0], [0, 1], [0, 0]]
    assert "column 'c': 1 row of levels that no training row has (w): all its columns are 0" in out


def test_feather(covey_data):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": [1.5, 2.5], "n": [1, 2], "site": ["x", "y"], "cost": [1.0, 2.0]})
    frame.to_feather("a.feather")
    covey_data("tabular", "a.feather", "--target", "cost", "--client", "site", "-o", "out")
    held = covey_data.arrays()
    assert (
        held["x"].tolist() == [[1.5, 1], [2.5, 2]]
        and held["target"].tolist() == [1, 2]
        and held["client"].tolist() == ["x", "y"]
    )
    (covey_data.folder / "b.feather").write_bytes((covey_data.folder / "a.feather").read_bytes()[:100])
    assert "no Feather file" in covey_data.refused(65, "tabular", "b.feather", "-o", "other")


def test_one_file_a_client(covey_data):
    for name in ("va", "cleveland"):
        excel(f"{name}.xlsx", [["a", "y"], [1, 0], [2, 1]])
    covey_data("tabular", ".", "--client", "file", "-o", "out")
    assert covey_data.arrays()["client"].tolist() == ["cleveland"] * 2 + ["va"] * 2
    excel("va.xlsx", [["b", "y"], [1, 0]])
    assert "other columns than" in covey_data.refused(65, "tabular", "va.xlsx", "cleveland.xlsx", "-o", "other")


def test_spss(covey_data):
    pandas, reader = pytest.importorskip("pandas"), pytest.importorskip("pyreadstat")
    frame = pandas.DataFrame({"age": [30.0, 40.0, 50.0], "sex": [1.0, 2.0, 1.0], "ill": [1.0, 2.0, 2.0]})
    reader.write_sav(
        frame, "a.sav", variable_value_labels={"sex": {1: "male", 2: "female"}, "ill": {1: "no", 2: "yes"}}
    )
    covey_data("tabular", "a.sav", "--label", "ill", "--categories", "sex", "-o", "out")
    held, manifest = covey_data.arrays(), covey_data.manifest()
    assert manifest["classes"] == ["no", "yes"] and manifest["features"] == ["age", "sex=female", "sex=male"]
    assert held["x"].tolist() == [[30, 0, 1], [40, 1, 0], [50, 0, 1]] and held["y"].tolist() == [0, 1, 1]


def test_csv_is_for_covey(covey_data):
    (covey_data.folder / "a.csv").write_text("a,b\n1,2\n")
    assert "source: csv" in covey_data.refused(64, "tabular", "a.csv", "-o", "out")


def test_means_and_levels_are_those_of_training_rows(covey_data):
    for name, rows in (("train", [[1, "u", 0], [3, "v", 1]]), ("test", [[None, "w", 1], [100, "u", 0]])):
        excel(f"{name}.xlsx", [["a", "c", "y"], *rows])
    covey_data("tabular", ".", "--categories", "c", "--missing", "mean", "-o", "out")
    held = covey_data.arrays()
    assert held["split"].tolist() == ["test"] * 2 + ["train"] * 2 and covey_data.manifest()["features"] == [
        "a",
        "c=u",
        "c=v",
    ]
    assert held["x"].tolist() == [[2, 0, 0], [100, 1, 0], [1, 1, 0], [3, 0, 1]]
    rows = [["a", "part", "y"], [1, "A", 0], [3, "A", 1], [50, "B", 1], [None, "C", 1]]
    excel("parts.xlsx", rows)
    words = ["--split", "part", "--splits", "train=A,test=C", "--missing", "mean"]
    covey_data("tabular", "parts.xlsx", *words, "-o", "parts")
    assert covey_data.arrays("parts")["x"].tolist() == [[1], [3], [2]]


def test_marks_that_are_numbers_or_nowhere(covey_data):
    excel("a.xlsx", [["a", "y"], [-9, 0], [2, 1]])
    out = covey_data("tabular", "a.xlsx", "--marks=-9,NA", "--missing", "drop", "-o", "out")
    assert covey_data.arrays()["x"].tolist() == [[2]] and "the mark 'NA' stands nowhere" in out
